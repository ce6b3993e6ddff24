#pragma once

#include <type_traits>

#include "gradus/base/dtype.h"

namespace gradus {

/// `value` as an element; fractions are cut off for integers, and any number but 0 is true.
/// Integers must be in range (check_fits).
template <class T>
T element_from(double value) {
  if constexpr (std::is_same_v<T, f16> || std::is_same_v<T, bf16>) {
    return T(static_cast<float>(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else {
    return static_cast<T>(value);
  }
}

/// Throws Error naming `operation` if `value` is out of the range of an integer `dtype`.
void check_fits(const char* operation, double value, DType dtype);

}  // namespace gradus
