#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

struct Lu {
  Tensor l;            ///< (..., m, k), unit lower triangle; k is the smaller of m and n
  Tensor u;            ///< (..., k, n), upper triangle
  Tensor permutation;  ///< i64 (..., m): row i of l u is row permutation[i] of a
};

/// LU factors with partial pivoting (LAPACK's getrf), of any matrix (..., m, n) of f32 or f64.
/// Evaluation throws Error if a is not finite; a zero on u's diagonal, of a singular matrix, is no
/// error.
Lu lu(const Tensor& a);

}  // namespace gradus::linalg
