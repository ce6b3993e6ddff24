#include "gradus/ops/beta_functions.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "gradus/ops/gamma_functions.h"
#include "gradus/ops/monotone_root.h"

namespace gradus {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/// A number and its derivatives in a and in b.
struct Dual {
  double value, by_a, by_b;
};

Dual operator+(const Dual& x, const Dual& y) {
  return {x.value + y.value, x.by_a + y.by_a, x.by_b + y.by_b};
}
Dual operator*(const Dual& x, const Dual& y) {
  return {x.value * y.value, x.by_a * y.value + x.value * y.by_a,
          x.by_b * y.value + x.value * y.by_b};
}
Dual operator/(const Dual& x, const Dual& y) {
  const double quotient = x.value / y.value;
  return {quotient, (x.by_a - quotient * y.by_a) / y.value, (x.by_b - quotient * y.by_b) / y.value};
}

/// G with I_x(a, b) = x^a y^b / (a B(a, b)) G, and its derivatives, by a continued fraction in
/// Lentz' form that converges fast for x < (a + 1) / (a + b + 2) and, other than the classical one,
/// has no differences of large numbers. Source: DiDonato and Morris 1992, "Algorithm 708", eq. 9.
Dual fraction(double a_value, double b_value, double x, double y) {
  const Dual a{a_value, 1, 0};
  const Dual b{b_value, 0, 1};
  const auto number = [](double value) { return Dual{value, 0, 0}; };
  // a - (a + b) x + 1
  const Dual start = a * number(y) + number(1) + b * number(-x);
  const auto denominator = [&](double m) {
    const Dual last = (a + number(m)) * (start + number(m * (2 - x))) / (a + number(2 * m + 1));
    if (m == 0) return last;
    return number(m) + number(m * x) * (b + number(-m)) / (a + number(2 * m - 1)) + last;
  };
  Dual f = denominator(0);
  Dual c = f;
  Dual d = number(0);
  for (double m = 1; m < 1e6; ++m) {
    const Dual n = number(m);
    const Dual below = a + number(2 * m - 1);
    const Dual numerator = (a + number(m - 1)) * (a + b + number(m - 1)) / below *
                           (n * (b + number(-m)) * number(x * x) / below);
    const Dual next = denominator(m);
    d = number(1) / (next + numerator * d);
    c = next + numerator / c;
    const Dual delta = c * d;
    f = f * delta;
    const auto is_rounding = [&](double slope, double of_f, double of_c) {
      return std::fabs(slope) <=
             4 * kEpsilon * (std::fabs(of_f / f.value) + std::fabs(of_c * d.value) + kEpsilon);
    };
    if (std::isnan(f.value) ||
        (std::fabs(delta.value - 1) <= 4 * kEpsilon && is_rounding(delta.by_a, f.by_a, c.by_a) &&
         is_rounding(delta.by_b, f.by_b, c.by_b))) {
      break;
    }
  }
  return a / f;
}

bool is_inside(double a, double b, double x, double y) {
  return a > 0 && b > 0 && a < kInfinity && b < kInfinity && x >= 0 && y >= 0;
}

/// True where the continued fraction is that of I_x(a, b), not of I_y(b, a).
bool is_left(double a, double b, double x) { return x < (a + 1) / (a + b + 2); }

}  // namespace

double scaled_beta_density(double a, double b, double x, double y) {
  if (x == 0 || y == 0) return 0;
  const double n = a + b;
  return std::sqrt(a / n * (b / (2 * std::numbers::pi))) *
         std::exp(stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) -
                  deviance(b, n * y));
}

IncompleteBeta incomplete_beta(double a, double b, double x, double y) {
  if (!is_inside(a, b, x, y)) return {kNan, kNan};
  if (x == 0) return {0, 1};
  if (y == 0) return {1, 0};
  const double density = scaled_beta_density(a, b, x, y);
  if (is_left(a, b, x)) {
    const double lower = density == 0 ? 0 : density * fraction(a, b, x, y).value / a;
    return {lower, 1 - lower};
  }
  const double upper = density == 0 ? 0 : density * fraction(b, a, y, x).value / b;
  return {1 - upper, upper};
}

double incomplete_beta_slope(double a, double b, double x, double y) {
  if (!is_inside(a, b, x, y)) return kNan;
  if (x == 0 || y == 0) return 0;
  const double density = scaled_beta_density(a, b, x, y);
  if (density == 0) return 0;
  // d log(x^a y^b / B(a, b)) / d a = log x - digamma(a) + digamma(a + b)
  const double growth = std::log(x) + polygamma_of(0, a + b);
  if (is_left(a, b, x)) {
    const Dual g = fraction(a, b, x, y);
    return density / a * ((growth - polygamma_of(0, a + 1)) * g.value + g.by_a);
  }
  const Dual h = fraction(b, a, y, x);
  return -density / b * ((growth - polygamma_of(0, a)) * h.value + h.by_b);
}

double inverse_incomplete_beta_logit(double a, double b, double lower, double upper) {
  if (!(is_inside(a, b, 0, 1) && lower >= 0 && upper >= 0)) return kNan;
  if (lower == 0) return -kInfinity;
  if (upper == 0) return kInfinity;
  const bool is_lower = lower < upper;
  // The density of the logit is logarithmically concave: see inverse_incomplete_gamma_log.
  const auto distance = [&](double u) -> ValueAndSlope {
    const double x = u < 0 ? std::exp(u) / (1 + std::exp(u)) : 1 / (1 + std::exp(-u));
    const double y = u < 0 ? 1 / (1 + std::exp(u)) : std::exp(-u) / (1 + std::exp(-u));
    const auto [p, q] = incomplete_beta(a, b, x, y);
    const double part = is_lower ? p : q;
    if (part == 0) return {is_lower ? -kInfinity : kInfinity, 1};
    const double value = is_lower ? std::log(part / lower) : -std::log(part / upper);
    return {value, scaled_beta_density(a, b, x, y) / part};
  };
  return monotone_root(distance, std::log(a / b), -745, 745);
}

}  // namespace gradus
