#include "gradus/linalg/norm.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/svd.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::linalg {
namespace {

Tensor as_floating(const Tensor& x) {
  if (!x.defined()) {
    throw Error(ErrorCode::invalid_argument, "norm", "the input is an undefined tensor");
  }
  return is_floating(x.dtype()) ? x : cast(x, DType::f32);
}

bool is_empty(const Tensor& x, const Dims& axes) {
  for (const auto axis : normalize_axes("vector_norm", axes, x.shape())) {
    if (x.dim(static_cast<int>(axis)) == 0) return true;
  }
  return false;
}

/// root(f(x / m)) * m, m the largest magnitude, so that no power overflows or vanishes. Where the
/// sum is 0 the root has no derivative; there it is 0.
Tensor by_powers(const Tensor& x, const VectorNormOptions& options) {
  const Tensor zero = Tensor::scalar(0, x.dtype()), one = Tensor::scalar(1, x.dtype());
  const Tensor magnitude = absolute(x);
  const Tensor largest = stop_gradient(max(magnitude, {.axes = options.axes, .keep_axes = true}));
  const Tensor scale = where(logical_and(is_finite(largest), greater(largest, zero)), largest, one);
  const bool squares = options.order == 2;
  const Tensor powers = squares
                            ? square(x / scale)
                            : power(magnitude / scale, Tensor::scalar(options.order, x.dtype()));
  const Tensor total = sum(powers, {.axes = options.axes, .keep_axes = true});
  const Tensor nothing = equal(total, zero);
  const Tensor safe = where(nothing, one, total);
  const Tensor root =
      squares ? sqrt(safe) : power(safe, Tensor::scalar(1 / options.order, x.dtype()));
  const Tensor norm = where(nothing, zero, root) * scale;
  return options.keep_axes ? norm
                           : squeeze(norm, normalize_axes("vector_norm", options.axes, x.shape()));
}

}  // namespace

Tensor vector_norm(const Tensor& given, const VectorNormOptions& options) {
  const Tensor x = as_floating(given);
  const ReduceOptions reduce{.axes = options.axes, .keep_axes = options.keep_axes};
  if (!(options.order > 0) && options.order != -kInfinityNorm) {
    throw Error(ErrorCode::invalid_argument, "vector_norm",
                fmt::format("the order must be above 0, or -infinity, not {}", options.order));
  }
  if (is_empty(x, options.axes)) {
    if (options.order < 0) {
      throw Error(ErrorCode::shape, "vector_norm", "no elements have no smallest one", {x.shape()});
    }
    return sum(x, reduce);
  }
  if (options.order == 1) return sum(absolute(x), reduce);
  if (options.order == kInfinityNorm) return max(absolute(x), reduce);
  if (options.order == -kInfinityNorm) return min(absolute(x), reduce);
  return by_powers(x, options);
}

Tensor matrix_norm(const Tensor& given, MatrixNorm norm) {
  const Tensor a = as_floating(given);
  if (a.rank() < 2) {
    throw Error(ErrorCode::shape, "matrix_norm",
                fmt::format("takes matrices (..., m, n), not {}", a.signature()), {a.shape()});
  }
  if (a.dim(-1) == 0 || a.dim(-2) == 0) return sum(a, {.axes = {-2, -1}});
  switch (norm) {
    case MatrixNorm::frobenius:
      return vector_norm(a, {.axes = {-2, -1}});
    case MatrixNorm::one:
      return max(sum(absolute(a), {.axes = {-2}}), {.axes = {-1}});
    case MatrixNorm::infinity:
      return max(sum(absolute(a), {.axes = {-1}}), {.axes = {-1}});
    case MatrixNorm::spectral:
      return select(svdvals(a), -1, 0);
    case MatrixNorm::nuclear:
      break;
  }
  return sum(svdvals(a), {.axes = {-1}});
}

Tensor distance(const Tensor& a, const Tensor& b, double order) {
  return vector_norm(as_floating(a) - as_floating(b), {.order = order});
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b) {
  const auto direction = [](const Tensor& given) {
    const Tensor x = as_floating(given);
    const Tensor norm = vector_norm(x, {.keep_axes = true});
    const Tensor one = Tensor::scalar(1, x.dtype());
    return x / where(equal(norm, one - one), one, norm);
  };
  return clip(sum(direction(a) * direction(b), {.axes = {-1}}), -1, 1);
}

}  // namespace gradus::linalg
