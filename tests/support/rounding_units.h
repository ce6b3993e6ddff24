#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/base/dtype.h"

namespace gradus::testing {

/// A floating element type: bits of precision, and the exponents of std::numeric_limits.
struct Format {
  int digits, min_exponent, max_exponent;
};
template <class T>
constexpr Format kFormat{std::numeric_limits<T>::digits, std::numeric_limits<T>::min_exponent,
                         std::numeric_limits<T>::max_exponent};
template <>
constexpr Format kFormat<f16>{11, -13, 16};
template <>
constexpr Format kFormat<bf16>{8, -125, 128};

/// The unit in the last place of a format at x.
inline long double unit_at(long double x, const Format& format) {
  const int exponent = x == 0 ? format.min_exponent : std::ilogb(x) + 1;
  return std::ldexp(1.0L,
                    std::clamp(exponent, format.min_exponent, format.max_exponent) - format.digits);
}

/// The distance between `actual` and `exact` in units in the last place of a format at `scale`. A
/// NaN for a number, or the wrong sign, is far away; infinity is the power of two behind the
/// largest number.
inline double units_between(double actual, long double exact, const Format& format,
                            long double scale) {
  constexpr double kFar = 1e9;
  if (std::isnan(exact) || std::isnan(actual)) {
    return std::isnan(exact) && std::isnan(actual) ? 0 : kFar;
  }
  if (actual == 0 && std::signbit(actual) != std::signbit(exact)) return kFar;
  const long double end = std::ldexp(1.0L, format.max_exponent);
  const auto bounded = [end](long double x) { return std::clamp(x, -end, end); };
  const long double distance = std::fabs(bounded(actual) - bounded(exact));
  return static_cast<double>(distance / unit_at(bounded(scale), format));
}
inline double units_between(double actual, long double exact, const Format& format) {
  return units_between(actual, exact, format, exact);
}

/// What a long double of 64 bits may itself be off by, in units in the last place of f64.
constexpr double kExactError = 0.001;

}  // namespace gradus::testing
