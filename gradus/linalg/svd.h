#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

struct Svd {
  Tensor u;   ///< (..., m, k), orthonormal columns
  Tensor s;   ///< (..., min(m, n)), descending
  Tensor vh;  ///< (..., k, n), orthonormal rows
};

enum class SvdMode {
  thin,  ///< k is the smaller of m and n
  full,  ///< u (..., m, m) and vh (..., n, n) are square
};

/// The singular value decomposition a = u diag(s) vh of matrices (..., m, n), f32 or f64 (LAPACK's
/// gesdd). In each row of vh the element of largest magnitude is positive. Vectors of values that
/// are equal up to rounding are any basis of their space; derivatives do not turn them within it,
/// which is right for functions of the space. The square factor on the longer side has no
/// derivative. Evaluation throws Error if a is not finite.
Svd svd(const Tensor& a, SvdMode mode = SvdMode::thin);

/// The singular values alone, which is much faster. (..., m, n) -> (..., min(m, n))
Tensor svdvals(const Tensor& a);

}  // namespace gradus::linalg
