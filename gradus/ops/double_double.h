// Internal: numbers of about 106 bits as sums of two f64, for residuals.
#pragma once

namespace gradus {

/// high + low, where |low| is at most half a unit in the last place of high. Knuth's sum and
/// Dekker's product (1971, "A floating-point technique for extending the available precision"): no
/// fused multiply-add, so the bits are those of any processor.
struct DoubleDouble {
  double high = 0, low = 0;

  static DoubleDouble sum(double a, double b) {
    const double s = a + b;
    const double part = s - a;
    return {s, (a - (s - part)) + (b - part)};
  }

  static DoubleDouble product(double a, double b) {
    constexpr double kSplit = 134217729;  // 2^27 + 1
    const double a_up = kSplit * a, b_up = kSplit * b;
    const double a_high = a_up - (a_up - a), b_high = b_up - (b_up - b);
    const double a_low = a - a_high, b_low = b - b_high;
    const double p = a * b;
    return {p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low};
  }

  DoubleDouble& operator+=(DoubleDouble x) {
    const DoubleDouble s = sum(high, x.high);
    const double rest = s.low + low + x.low;
    high = s.high + rest;
    low = rest - (high - s.high);
    return *this;
  }
  DoubleDouble& operator+=(double x) { return *this += DoubleDouble{x, 0}; }

  /// Adds a * x.
  void add_product(double a, DoubleDouble x) {
    DoubleDouble p = product(a, x.high);
    p.low += a * x.low;
    *this += p;
  }
};

}  // namespace gradus
