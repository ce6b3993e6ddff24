#include "gradus/nn/dropout.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::nn {
namespace {

void check_rate(const char* layer, float rate) {
  if (rate >= 0 && rate <= 1) return;
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("rate must be in [0, 1], not {}", rate));
}

/// One decision for each element of `mask_shape`, which broadcasts to x.
Tensor drop(const char* layer, const Tensor& x, const Shape& mask_shape, float rate,
            Context& context) {
  if (!(context.training || context.sampling) || rate == 0) return x;
  const Key key = context.next_key(layer);
  if (rate == 1) return zeros_like(x);
  const Tensor kept = random_bernoulli(key, mask_shape, 1.0 - rate);
  // Not x * mask: a dropped infinity or NaN is 0.
  return where(kept, x * (1 / (1.0 - rate)), number_like(0, x));
}

}  // namespace

Dropout::Dropout(const DropoutOptions& chosen) : options(chosen) {
  check_rate(kKind, options.rate);
}

Tensor Dropout::operator()(const Tensor& x, Context& context) const {
  return drop(kKind, x, x.shape(), options.rate, context);
}

SpatialDropout::SpatialDropout(const DropoutOptions& chosen) : options(chosen) {
  check_rate(kKind, options.rate);
}

Tensor SpatialDropout::operator()(const Tensor& x, Context& context) const {
  if (x.rank() < 3) {
    throw Error(
        ErrorCode::shape, kKind,
        fmt::format("takes (batch, channels, spatial...), not shape {}", x.shape().to_string()),
        {x.shape()});
  }
  Dims mask(static_cast<std::size_t>(x.rank()), 1);
  mask[0] = x.shape()[0];
  mask[1] = x.shape()[1];
  return drop(kKind, x, Shape(mask), options.rate, context);
}

MonteCarloPrediction monte_carlo(Layer& model, const Tensor& x, int samples, const Key& key) {
  if (samples < 2) {
    throw Error(ErrorCode::invalid_argument, "monte_carlo",
                fmt::format("samples must be 2 or more, not {}", samples));
  }
  Tensors outputs;
  for (int i = 0; i < samples; ++i) {
    Context context{.sampling = true, .key = key.fold_in(static_cast<std::uint64_t>(i))};
    outputs.push_back(model.forward(x, context).eval());
  }
  const Tensor all = stack(outputs);
  return {mean(all, {.axes = {0}}), std_dev(all, {.axes = {0}})};
}

}  // namespace gradus::nn
