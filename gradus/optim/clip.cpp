#include "gradus/optim/clip.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::optim {
namespace {

void require_positive(const char* operation, double limit) {
  if (limit > 0) return;
  throw Error(ErrorCode::invalid_argument, operation,
              fmt::format("the limit must be positive, not {}", limit));
}

}  // namespace

Tensor global_norm(std::span<const Tensor> gradients) {
  Tensor total(0.0f);
  for (const Tensor& gradient : gradients) {
    if (gradient.defined()) total = total + cast(sum(square(gradient)), DType::f32);
  }
  return sqrt(total);
}

nn::Gradients clip_by_value(nn::Gradients gradients, double limit) {
  require_positive("clip_by_value", limit);
  for (Tensor& gradient : gradients) {
    if (gradient.defined()) gradient = clip(gradient, -limit, limit);
  }
  return gradients;
}

ClippedGradients clip_by_norm(nn::Gradients gradients, double limit) {
  require_positive("clip_by_norm", limit);
  Tensor norm = global_norm(gradients);
  const Tensor bound = number_like(limit, norm);
  const Tensor too_long = logical_and(greater(norm, bound), is_finite(norm));
  const Tensor factor = where(too_long, bound / norm, number_like(1, norm));
  for (Tensor& gradient : gradients) {
    if (gradient.defined()) gradient = gradient * cast(factor, gradient.dtype());
  }
  return {std::move(gradients), norm};
}

}  // namespace gradus::optim
