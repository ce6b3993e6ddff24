#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

/// The lower triangle l of a = l l^T, for symmetric positive definite a, f32 or f64; of a matrix
/// that is not symmetric the symmetric part (a + a^T) / 2 is taken. (..., n, n) -> (..., n, n).
/// Evaluation throws Error if a is not positive definite or not finite.
Tensor cholesky(const Tensor& a);

/// x of l l^T x = b, given the factor. (..., n, n), (n) or (..., n, k) -> as b; leading axes
/// broadcast.
Tensor cholesky_solve(const Tensor& l, const Tensor& b);

}  // namespace gradus::linalg
