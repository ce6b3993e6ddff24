#include "gradus/ops/gamma_functions.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "gradus/ops/monotone_root.h"

namespace gradus {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
/// Of polygamma: factorials of higher ones are near the end of double precision.
constexpr int kHighestOrder = 100;
/// From here on the first terms of the uniform expansion have all digits of f64.
constexpr double kVeryLarge = 1e8;

/// Bernoulli's numbers B(2k), k = 1 ... 9.
constexpr double kBernoulli[] = {1.0 / 6,       -1.0 / 30, 1.0 / 42,      -1.0 / 30,    5.0 / 66,
                                 -691.0 / 2730, 7.0 / 6,   -3617.0 / 510, 43867.0 / 798};

double log_gamma(double x) {
  int sign;  // lgamma() would write it to a global variable
  return ::lgamma_r(x, &sign);
}

/// The asymptotic series (Abramowitz and Stegun 1964, 6.3.18).
double digamma_of_large(double x) {
  const double r = 1 / (x * x);
  double sum = 0;
  for (int k = 9; k >= 1; --k) sum = (sum + kBernoulli[k - 1] / (2 * k)) * r;
  return std::log(x) - 0.5 / x - sum;
}

double digamma_of(double x) {
  if (x == 0) return std::copysign(kInfinity, -x);
  if (x < 0) {
    const double fraction = x - std::floor(x);
    if (!(fraction > 0)) return kNan;  // a pole, or -infinity
    return digamma_of(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * fraction);
  }
  double shift = 0;
  for (; x < 12; ++x) shift += 1 / x;
  return digamma_of_large(x) - shift;
}

/// Abramowitz and Stegun 1964, 6.4.11, over (n - 1)! / x^n; n >= 1.
double polygamma_series(int n, double x) {
  double sum = 1 + n / (2 * x);
  double factor = 1;  // (2k + n - 1)! / ((n - 1)! (2k)! x^2k)
  const double r = 1 / (x * x);
  for (int k = 1; k <= 9; ++k) {
    factor *= (n + 2.0 * k - 2) * (n + 2.0 * k - 1) / ((2.0 * k - 1) * (2.0 * k)) * r;
    sum += kBernoulli[k - 1] * factor;
  }
  return sum;
}

/// The derivative of order n of cot(pi x) over (-pi)^n, x not an integer. Each is a polynomial in c
/// = cot(pi x): p_0 = c and p_k+1 = (1 + c^2) p_k', all coefficients of which are positive, so
/// nothing cancels.
double cotangent_derivative(int n, double x) {
  const double t = x - std::round(x);  // exact
  const double c = std::fabs(t) <= 0.25 ? 1 / std::tan(std::numbers::pi * t)
                                        : -std::tan(std::numbers::pi * (t - std::copysign(0.5, t)));
  std::array<double, kHighestOrder + 2> p{0, 1};
  for (int k = 0; k < n; ++k) {
    std::array<double, kHighestOrder + 2> next{};
    for (int j = 1; j <= k + 1; ++j) {
      next[j - 1] += j * p[j];
      next[j + 1] += j * p[j];
    }
    p = next;
  }
  double value = 0;
  for (int j = n + 1; j >= 0; --j) value = value * c + p[j];
  return value;
}

/// Of order n >= 1 for x <= 0, by reflection. Source: DLMF 5.15.6.
double polygamma_of_negative(int n, double x) {
  const bool is_odd = n % 2 == 1;
  if (x == std::floor(x)) {  // a pole, whose sides agree for odd orders; or -infinity
    if (is_odd) return kInfinity;
    return x == 0 ? std::copysign(kInfinity, -x) : kNan;
  }
  const double periodic = std::pow(std::numbers::pi, n + 1) * cotangent_derivative(n, x);
  const double reflected = polygamma_of(n, 1 - x);
  return is_odd ? periodic - reflected : reflected - periodic;
}

/// A number and its derivative in one variable.
struct Dual {
  double value, slope;
};

/// 1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + ..., and its derivative in a. P(a, x) is that times
/// x^a exp(-x) / Gamma(a + 1).
Dual lower_series(double a, double x) {
  Dual sum{1, 0};
  double term = 1;
  double harmonic = 0;
  for (double n = a + 1; term > sum.value * kEpsilon / 4; ++n) {
    term *= x / n;
    harmonic += 1 / n;
    sum.value += term;
    sum.slope -= term * harmonic;
  }
  return sum;
}

/// Q(a, x) / (x^a exp(-x) / Gamma(a)) for x > a + 1 by the continued fraction of Legendre
/// (Abramowitz and Stegun 1964, 6.5.31) in Lentz' form, and its derivative in a.
Dual upper_fraction(double a, double x) {
  Dual b{x + 1 - a, -1};
  Dual c{kInfinity, 0};
  Dual d{1 / b.value, 1 / (b.value * b.value)};
  Dual h = d;
  for (double n = 1;; ++n) {
    const Dual numerator{-n * (n - a), n};
    b.value += 2;
    // d = 1 / (numerator d + b), c = b + numerator / c, h *= c d
    const double e = numerator.value * d.value + b.value;
    const double e_slope = numerator.slope * d.value + numerator.value * d.slope + b.slope;
    d = {1 / e, -e_slope / (e * e)};
    const Dual quotient =
        n == 1 ? Dual{0, 0}
               : Dual{numerator.value / c.value,
                      (numerator.slope - numerator.value / c.value * c.slope) / c.value};
    c = {b.value + quotient.value, b.slope + quotient.slope};
    const Dual delta{c.value * d.value, c.slope * d.value + c.value * d.slope};
    h = {h.value * delta.value, h.slope * delta.value + h.value * delta.slope};
    // A slope that has converged is still off by the rounding of the two products it is made of.
    const double rounding = std::fabs(h.slope / h.value) + std::fabs(c.slope * d.value);
    if (std::fabs(delta.value - 1) <= 4 * kEpsilon &&
        std::fabs(delta.slope) <= 4 * kEpsilon * rounding) {
      return h;
    }
    if (n > 1e6 || std::isnan(h.value)) return h;
  }
}

/// Temme 1979, "The asymptotic expansion of the incomplete gamma functions", its first terms.
IncompleteGamma incomplete_gamma_of_very_large(double a, double x) {
  const double half_square = deviance(a, x) / a;
  const double eta = std::copysign(std::sqrt(2 * half_square), x - a);
  const double correction = std::exp(-a * half_square) / std::sqrt(2 * std::numbers::pi * a) *
                            (-1.0 / 3 + eta / 12 - eta * eta * (2.0 / 135));
  const double root = eta * std::sqrt(a / 2);
  return {0.5 * std::erfc(-root) - correction, 0.5 * std::erfc(root) + correction};
}

}  // namespace

double polygamma_of(int n, double x) {
  if (n == 0) return digamma_of(x);
  if (std::isnan(x)) return x;
  const double sign = n % 2 == 1 ? 1 : -1;
  if (x == kInfinity) return 0;
  if (x <= 0) return polygamma_of_negative(n, x);
  // (n - 1)! / x^n (series) after steps of the recurrence, each n! / x^(n + 1).
  const double factorial = std::tgamma(static_cast<double>(n));
  double sum = 0;
  for (; x < 20 + n; ++x) sum += factorial * n / std::pow(x, n + 1);
  return sign * (sum + factorial / std::pow(x, n) * polygamma_series(n, x));
}

double stirling_error(double a) {
  if (a < 10) {
    return log_gamma(a + 1) - (a + 0.5) * std::log(a) + a - 0.5 * std::log(2 * std::numbers::pi);
  }
  const double r = 1 / (a * a);
  double sum = 0;
  for (int k = 7; k >= 1; --k) sum = sum * r + kBernoulli[k - 1] / (2.0 * k * (2 * k - 1));
  return sum / a;
}

double deviance(double x, double m) {
  if (x == 0) return m;
  if (std::fabs(x - m) >= 0.1 * (x + m)) return x * std::log(x / m) + m - x;
  const double v = (x - m) / (x + m);
  double sum = (x - m) * v;
  double term = 2 * x * v;
  for (int k = 1; k < 100; ++k) {
    term *= v * v;
    const double next = sum + term / (2 * k + 1);
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

double scaled_gamma_density(double a, double x) {
  if (x == 0) return 0;
  if (a < 1) return std::exp(a * std::log(x) - x - log_gamma(a));
  return a * std::exp(-stirling_error(a) - deviance(a, x)) / std::sqrt(2 * std::numbers::pi * a);
}

IncompleteGamma incomplete_gamma(double a, double x) {
  if (!(a > 0 && x >= 0) || a == kInfinity) return {kNan, kNan};
  if (x == 0) return {0, 1};
  if (x == kInfinity) return {1, 0};
  if (a > kVeryLarge) return incomplete_gamma_of_very_large(a, x);
  const double density = scaled_gamma_density(a, x);
  if (x <= a + 1) {
    const double lower = density == 0 ? 0 : density / a * lower_series(a, x).value;
    return {lower, 1 - lower};
  }
  const double upper = density == 0 ? 0 : density * upper_fraction(a, x).value;
  return {1 - upper, upper};
}

double gamma_log_slope(double a, double log_x) {
  const double x = std::exp(log_x);
  if (!(a > 0) || std::isnan(log_x) || x == kInfinity) return kNan;
  if (a > kVeryLarge) {  // x = a + z sqrt(a) + ..., one part in 1e8 more
    return (1 + (x - a) / (2 * a)) / x;
  }
  if (x <= a + 1) {
    const Dual series = lower_series(a, x);
    return -((log_x - digamma_of(a + 1)) * series.value + series.slope) / a;
  }
  const Dual fraction = upper_fraction(a, x);
  return (log_x - digamma_of(a)) * fraction.value + fraction.slope;
}

double inverse_incomplete_gamma_log(double a, double lower, double upper) {
  if (!(a > 0 && lower >= 0 && upper >= 0) || a == kInfinity) return kNan;
  if (lower == 0) return -kInfinity;
  if (upper == 0) return kInfinity;
  // P = x^a / Gamma(a + 1) (1 - a x / (a + 1) + ...) for small x.
  const double small = (std::log(lower) + log_gamma(a + 1)) / a;
  if (small < -50) return small;
  const bool is_lower = lower < upper;
  // The density of log x is logarithmically concave, and so are P and Q of it: Newton's steps on
  // their logarithms converge from anywhere.
  const auto distance = [&](double u) -> ValueAndSlope {
    const double x = std::exp(u);
    const auto [p, q] = incomplete_gamma(a, x);
    const double part = is_lower ? p : q;
    if (part == 0) return {is_lower ? -kInfinity : kInfinity, 1};
    const double value = is_lower ? std::log(part / lower) : -std::log(part / upper);
    return {value, scaled_gamma_density(a, x) / part};
  };
  const double start = a > 1 ? std::log(a) : std::fmin(small, 0.0);
  return monotone_root(distance, start, std::fmin(small, std::log(a)) - 1, std::log(a + 1500) + 1);
}

}  // namespace gradus
