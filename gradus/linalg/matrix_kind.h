#pragma once

#include "gradus/core/tensor.h"
#include "gradus/ops/random.h"

// Kinds of matrices: how to make one, and whether a tensor is one. A batch is of a kind if all its
// matrices are. Questions evaluate their matrix; what is no matrix at all throws Error, NaN makes
// every answer about values no.

namespace gradus::linalg {

struct Tolerance {
  /// What counts as zero, relative to the largest magnitude in the matrix; negative: max(m, n)
  /// units of rounding.
  double relative = -1;
};

bool is_row(const Tensor& a);
bool is_column(const Tensor& a);
bool is_square(const Tensor& a);
bool is_zero(const Tensor& a);
bool is_diagonal(const Tensor& a, const Tolerance& tolerance = {});
bool is_lower_triangular(const Tensor& a, const Tolerance& tolerance = {});
bool is_upper_triangular(const Tensor& a, const Tolerance& tolerance = {});
bool is_identity(const Tensor& a, const Tolerance& tolerance = {});
bool is_symmetric(const Tensor& a, const Tolerance& tolerance = {});
/// a^T a = 1
bool is_orthogonal(const Tensor& a, const Tolerance& tolerance = {});
/// By its condition: the smallest singular value is not above the tolerance times the largest. A
/// determinant says nothing: that of 0.1 times the identity of order 100 is 1e-100. Throws Error if
/// a is not square.
bool is_singular(const Tensor& a, const Tolerance& tolerance = {});
/// Symmetric, with Cholesky factors.
bool is_positive_definite(const Tensor& a, const Tolerance& tolerance = {});

/// (n) -> (1, n)
Tensor row_vector(const Tensor& x);
/// (n) -> (n, 1)
Tensor column_vector(const Tensor& x);
/// (a + a^T) / 2
Tensor symmetric_part(const Tensor& a);
/// Uniformly distributed among the orthogonal matrices of order n (Mezzadri 2007).
Tensor random_orthogonal(const Key& key, std::int64_t n, DType dtype = DType::f32);
/// Standard normal above and on the diagonal, mirrored below.
Tensor random_symmetric(const Key& key, std::int64_t n, DType dtype = DType::f32);
/// Random axes; eigenvalues from 1 down to 1 / condition in equal ratios.
Tensor random_positive_definite(const Key& key, std::int64_t n, double condition = 100,
                                DType dtype = DType::f32);

}  // namespace gradus::linalg
