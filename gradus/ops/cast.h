// Internal: how one element becomes another type.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "gradus/base/dtype.h"

namespace gradus {

/// `value` as a To: integers wrap modulo 2^bits, floating numbers round to nearest or, on the way
/// to an integer, truncate and saturate; NaN becomes the integer 0; all but 0 is the boolean true.
template <class To, class From>
To convert_element(From value) {
  constexpr bool from_half = std::is_same_v<From, f16> || std::is_same_v<From, bf16>;
  constexpr bool to_half = std::is_same_v<To, f16> || std::is_same_v<To, bf16>;
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (from_half) {
    return convert_element<To>(static_cast<float>(value));
  } else if constexpr (to_half) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // The largest To may not be a From; the power of two above it is.
    constexpr From low = static_cast<From>(std::numeric_limits<To>::min());
    constexpr From end = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * 2;
    if (!(value > low)) return value <= low ? std::numeric_limits<To>::min() : To(0);
    if (value >= end) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace gradus
