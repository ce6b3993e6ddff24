// Internal: how one element becomes another type.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "gradus/base/dtype.h"

namespace gradus {

/// `value` as an f32 that f16 and bf16 round as they would round `value` itself: what is not exact
/// goes to the neighbour whose last bit is 1, never to a tie that was none (rounding to odd: Boldo
/// and Melquiond 2008, "Emulation of FMA and correctly rounded sums").
inline float single_to_round_again(double value) {
  const float nearest = static_cast<float>(value);
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  const double back = nearest;
  if (back == value || !std::isfinite(nearest) || bits % 2 != 0) return nearest;
  return std::bit_cast<float>(std::fabs(back) < std::fabs(value) ? bits + 1 : bits - 1);
}

/// As above; bits that f64 has no room for only count as "more".
inline float single_to_round_again(std::int64_t value) {
  const bool negative = value < 0;
  auto magnitude = static_cast<std::uint64_t>(value);
  if (negative) magnitude = 0 - magnitude;
  if (magnitude >> 53 != 0) {
    const std::uint64_t lost = magnitude & 0x7ffu;
    magnitude = (magnitude - lost) | (lost != 0 ? 0x800u : 0u);
  }
  const auto exact = static_cast<double>(magnitude);
  return single_to_round_again(negative ? -exact : exact);
}

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
    if constexpr (std::is_same_v<From, double>) {
      return To(single_to_round_again(value));
    } else if constexpr (std::is_integral_v<From>) {
      return To(single_to_round_again(static_cast<std::int64_t>(value)));
    } else {
      return To(value);
    }
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
