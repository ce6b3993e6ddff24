// Internal: functions of the beta family on plain numbers.
#pragma once

namespace gradus {

/// The regularised incomplete beta functions of a, b > 0 at x in [0, 1], y = 1 - x; NaN elsewhere.
struct IncompleteBeta {
  double lower;  ///< I_x(a, b)
  double upper;  ///< I_y(b, a) = 1 - I_x(a, b)
};
IncompleteBeta incomplete_beta(double a, double b, double x, double y);

/// x^a y^b / B(a, b): x y times the density.
double scaled_beta_density(double a, double b, double x, double y);

/// The derivative of I_x(a, b) in a.
double incomplete_beta_slope(double a, double b, double x, double y);

/// log(x / (1 - x)) of the x with I_x(a, b) = lower, upper = 1 - lower.
double inverse_incomplete_beta_logit(double a, double b, double lower, double upper);

}  // namespace gradus
