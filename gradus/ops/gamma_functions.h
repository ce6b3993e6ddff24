// Internal: functions of the gamma family on plain numbers.
#pragma once

namespace gradus {

/// The derivative of log Gamma of order n + 1, 0 <= n <= 100. At poles it is infinite where both
/// sides are (odd n), or by the sign of zero; else NaN.
double polygamma_of(int n, double x);

/// log Gamma(a + 1) - ((a + 1/2) log a - a + log(2 pi) / 2), a > 0.
double stirling_error(double a);

/// x log(x / m) + m - x, to full accuracy where x is near m. Source: Loader 2000, "Fast and
/// accurate computation of binomial probabilities".
double deviance(double x, double m);

/// The regularised incomplete gamma functions, of a > 0 and x >= 0; NaN elsewhere. Each is computed
/// where it is at most about one half, so that small values keep their digits.
struct IncompleteGamma {
  double lower;  ///< P(a, x)
  double upper;  ///< 1 - P
};
IncompleteGamma incomplete_gamma(double a, double x);

/// x^a exp(-x) / Gamma(a): x times the density.
double scaled_gamma_density(double a, double x);

/// d log(x) / d a along P(a, x) = constant, of log x (for a so small that x is no number).
double gamma_log_slope(double a, double log_x);

/// log of the x with P(a, x) = lower, upper = 1 - lower.
double inverse_incomplete_gamma_log(double a, double lower, double upper);

}  // namespace gradus
