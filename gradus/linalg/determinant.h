#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

/// The determinant, by LU factors. (..., n, n) -> (...). Its derivative exists at singular matrices
/// too; the second derivative there throws Error.
Tensor determinant(const Tensor& a);

struct SignedLogDeterminant {
  Tensor sign;       ///< (...): -1, 1, or 0 of a singular matrix
  Tensor logarithm;  ///< (...): log |det a|; -inf of a singular matrix
};
/// The logarithm of a determinant that may be too large or too small for its type.
SignedLogDeterminant log_determinant(const Tensor& a);

}  // namespace gradus::linalg
