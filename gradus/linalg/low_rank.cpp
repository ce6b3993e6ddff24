#include "gradus/linalg/low_rank.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/qr.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/triangle.h"

namespace gradus::linalg {
namespace {

void require_rank(const char* operation, const Tensor& a, std::int64_t k) {
  if (!a.defined() || a.rank() < 2) {
    throw Error(ErrorCode::shape, operation,
                a.defined() ? fmt::format("takes matrices (..., m, n), not {}", a.signature())
                            : std::string("the input is an undefined tensor"));
  }
  if (k >= 1 && k <= std::min(a.dim(-1), a.dim(-2))) return;
  throw Error(ErrorCode::invalid_argument, operation,
              fmt::format("a rank k of {} lies in 1 ... {}, not {}", a.signature(),
                          std::min(a.dim(-1), a.dim(-2)), k),
              {a.shape()});
}

Svd leading(const Svd& parts, std::int64_t k) {
  return {slice(parts.u, -1, {0, k}), slice(parts.s, -1, {0, k}), slice(parts.vh, -2, {0, k})};
}

}  // namespace

Svd truncated_svd(const Tensor& a, std::int64_t k) {
  require_rank("truncated_svd", a, k);
  return leading(svd(a), k);
}

Svd randomized_svd(const Key& key, const Tensor& a, std::int64_t k,
                   const RandomizedOptions& options) {
  require_rank("randomized_svd", a, k);
  if (options.oversampling < 0 || options.iterations < 0) {
    throw Error(ErrorCode::invalid_argument, "randomized_svd",
                fmt::format("oversampling and iterations are 0 or more, not {} and {}",
                            options.oversampling, options.iterations));
  }
  const std::int64_t width = std::min(k + options.oversampling, std::min(a.dim(-1), a.dim(-2)));
  const Tensor at = matrix_transpose(a);
  Tensor basis = qr(matmul(a, random_normal(key, {a.dim(-1), width}, 0, 1, a.dtype()))).q;
  for (int i = 0; i < options.iterations; ++i) {
    basis = qr(matmul(a, qr(matmul(at, basis)).q)).q;
  }
  const Svd small = svd(matmul(matrix_transpose(basis), a));
  // Signs follow vh, which is that of the whole.
  return leading({matmul(basis, small.u), small.s, small.vh}, k);
}

Tensor low_rank(const Tensor& a, std::int64_t k) { return compose(truncated_svd(a, k)); }

Tensor compose(const Svd& parts) { return matmul(parts.u * expand_dims(parts.s, -2), parts.vh); }

}  // namespace gradus::linalg
