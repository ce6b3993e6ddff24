// Internal: what decompositions into values and vectors share.
#pragma once

#include <cmath>
#include <cstdint>

#include "gradus/core/tensor.h"

namespace gradus {

/// 1 / (x_j - x_i); 0 where the two are equal up to rounding, for there the vectors are any basis
/// of their common space and a function that has a derivative does not depend on which.
/// (..., n) -> (..., n, n)
Tensor inverse_differences(const Tensor& x);

/// Vectors are defined up to their sign: of each, the element of largest magnitude (the first of
/// several) is made positive.
template <class T>
bool largest_is_negative(const T* vector, std::int64_t count) {
  T largest = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    if (std::abs(vector[k]) > std::abs(largest)) largest = vector[k];
  }
  return largest < 0;
}

}  // namespace gradus
