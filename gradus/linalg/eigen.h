#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

struct SymmetricEigen {
  Tensor values;   ///< (..., n), ascending
  Tensor vectors;  ///< (..., n, n), orthonormal, in columns
};

/// Eigenvalues and eigenvectors of symmetric matrices (..., n, n), f32 or f64 (LAPACK's syevd); of
/// a matrix that is not symmetric the symmetric part (a + a^T) / 2 is taken. In each vector the
/// element of largest magnitude is positive. Vectors of values that are equal up to rounding are
/// any basis of their space; derivatives do not turn them within it, which is right for functions
/// of the space. Evaluation throws Error if a is not finite.
SymmetricEigen eigh(const Tensor& a);

/// The eigenvalues alone, which is much faster. (..., n, n) -> (..., n)
Tensor eigvalsh(const Tensor& a);

}  // namespace gradus::linalg
