#pragma once

#include "gradus/core/tensor.h"

// Systems of equations a x = b. a is (..., n, n), b is (n) or (..., n, k), leading axes broadcast,
// and x has b's form. Matrices are f32 or f64, both of one type. What is singular or not finite
// makes evaluation throw Error.

namespace gradus::linalg {

/// By LU factors with partial pivoting.
Tensor solve(const Tensor& a, const Tensor& b);

enum class Triangle { lower, upper };
struct TriangularOptions {
  Triangle triangle = Triangle::lower;  ///< the part of a that is read
  bool transposed = false;              ///< solves a^T x = b
  bool unit_diagonal = false;           ///< the diagonal counts as 1 and is not read
};
/// By substitution.
Tensor solve_triangular(const Tensor& a, const Tensor& b, const TriangularOptions& options = {});

/// By Cholesky factors; a is symmetric and positive definite.
Tensor solve_positive_definite(const Tensor& a, const Tensor& b);

/// The inverse matrix. (..., n, n) -> (..., n, n). To solve a system, solve() is faster and more
/// accurate.
Tensor inverse(const Tensor& a);

}  // namespace gradus::linalg
