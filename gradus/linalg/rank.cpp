#include "gradus/linalg/rank.h"

#include <algorithm>
#include <limits>

#include "gradus/base/error.h"
#include "gradus/linalg/solve.h"
#include "gradus/linalg/svd.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/triangle.h"

namespace gradus::linalg {

Tensor pseudo_inverse(const Tensor& a, const CutoffOptions& options) {
  return apply(kPseudoInverse, {a}, PseudoInverseAttributes{options.cutoff});
}

Tensor rank(const Tensor& a, const CutoffOptions& options) {
  const Tensor s = svdvals(a);
  if (s.dim(-1) == 0) return sum(full(s.shape(), 0, DType::i64), {.axes = {-1}});
  const double unit = s.dtype() == DType::f32 ? std::numeric_limits<float>::epsilon()
                                              : std::numeric_limits<double>::epsilon();
  const double cutoff = options.cutoff >= 0
                            ? options.cutoff
                            : unit * static_cast<double>(std::max(a.dim(-1), a.dim(-2)));
  const Tensor limit = slice(s, -1, {0, 1}) * cutoff;
  return sum(greater(s, limit), {.axes = {-1}});
}

Tensor condition_number(const Tensor& a, MatrixNorm norm) {
  if (norm != MatrixNorm::spectral) return matrix_norm(a, norm) * matrix_norm(inverse(a), norm);
  const Tensor s = svdvals(a);
  if (s.dim(-1) == 0) {
    throw Error(ErrorCode::shape, "condition_number", "a matrix without elements has none",
                {a.shape()});
  }
  const Tensor largest = select(s, -1, 0), smallest = select(s, -1, -1);
  const Tensor infinity = full_like(smallest, std::numeric_limits<double>::infinity());
  const Tensor zero = zeros_like(smallest), one = ones_like(smallest);
  const Tensor singular = equal(smallest, zero);
  return where(singular, infinity, largest / where(singular, one, smallest));
}

Tensor trace(const Tensor& a) { return sum(diagonal(a), {.axes = {-1}}); }

}  // namespace gradus::linalg
