#pragma once

#include "gradus/core/tensor.h"

// Triangles and diagonals of matrices (..., m, n). `offset` names a diagonal: positive ones lie
// above the main one.

namespace gradus {

/// Zero above diagonal `offset`. (..., m, n) -> (..., m, n)
Tensor lower_triangle(const Tensor& x, std::int64_t offset = 0);
/// Zero below diagonal `offset`. (..., m, n) -> (..., m, n)
Tensor upper_triangle(const Tensor& x, std::int64_t offset = 0);
/// The elements of diagonal `offset`. (..., m, n) -> (..., length)
Tensor diagonal(const Tensor& x, std::int64_t offset = 0);
/// The matrix with that main diagonal. (..., n) -> (..., n, n)
Tensor diagonal_matrix(const Tensor& x);
/// Rows and columns exchanged, a view. (..., m, n) -> (..., n, m)
Tensor matrix_transpose(const Tensor& x);

}  // namespace gradus
