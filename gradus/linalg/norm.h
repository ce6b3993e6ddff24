#pragma once

#include <limits>

#include "gradus/core/tensor.h"

namespace gradus::linalg {

struct VectorNormOptions {
  /// p of (sum |x|^p)^(1/p): any p > 0; infinity is the largest |x|, -infinity the smallest.
  double order = 2;
  Dims axes = {-1};        ///< empty: all axes
  bool keep_axes = false;  ///< keep reduced axes with extent 1
};
inline constexpr double kInfinityNorm = std::numeric_limits<double>::infinity();

/// The norm of vectors along `axes`, without overflow or underflow on the way. The gradient at the
/// zero vector is 0. Throws Error for an order that is 0, negative or NaN.
Tensor vector_norm(const Tensor& x, const VectorNormOptions& options = {});

enum class MatrixNorm {
  frobenius,  ///< the root of the sum of squares
  one,        ///< the largest column sum of magnitudes
  infinity,   ///< the largest row sum of magnitudes
  spectral,   ///< the largest singular value
  nuclear,    ///< the sum of singular values
};

/// The norm of matrices. (..., m, n) -> (...)
Tensor matrix_norm(const Tensor& a, MatrixNorm norm = MatrixNorm::frobenius);

/// The norm of a - b along the last axis; leading axes broadcast, so (m, 1, d) and (n, d) give all
/// m n distances. (..., d), (..., d) -> (...)
Tensor distance(const Tensor& a, const Tensor& b, double order = 2);

/// The cosine of the angle between vectors, in [-1, 1]; 0 where one of them is zero.
/// (..., d), (..., d) -> (...)
Tensor cosine_similarity(const Tensor& a, const Tensor& b);

}  // namespace gradus::linalg
