#pragma once

#include "gradus/core/tensor.h"
#include "gradus/linalg/norm.h"

namespace gradus::linalg {

struct CutoffOptions {
  /// Singular values up to cutoff * largest count as 0; negative: max(m, n) units of rounding.
  double cutoff = -1;
};

/// Moore and Penrose's inverse (LAPACK's gesdd). (..., m, n) -> (..., n, m). Its derivative is
/// right where the rank does not change.
Tensor pseudo_inverse(const Tensor& a, const CutoffOptions& options = {});

/// The number of singular values above the cutoff. (..., m, n) -> i64 (...)
Tensor rank(const Tensor& a, const CutoffOptions& options = {});

/// |a| |a^-1|; by the spectral norm the largest singular value over the smallest, of any matrix,
/// and infinity of a singular one. Other norms take square matrices, and evaluation throws Error
/// where they are singular. (..., m, n) -> (...)
Tensor condition_number(const Tensor& a, MatrixNorm norm = MatrixNorm::spectral);

/// The sum of the diagonal. (..., m, n) -> (...)
Tensor trace(const Tensor& a);

}  // namespace gradus::linalg
