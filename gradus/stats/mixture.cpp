#include "gradus/stats/mixture.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {
namespace {

/// x (..., event...) with an axis for the components before the event.
Tensor for_each_component(const Mixture& mixture, const Tensor& x) {
  const int events = mixture.event_shape().rank();
  if (x.rank() < events) {
    throw Error(ErrorCode::shape, mixture.name(),
                fmt::format("values of shape {} are no draws of shape {}", x.shape().to_string(),
                            mixture.event_shape().to_string()),
                {x.shape(), mixture.event_shape()});
  }
  return expand_dims(x, x.rank() - events);
}

/// Weights (batch..., k) with axes of extent 1 for the event.
Tensor weights_beside_events(const Mixture& mixture) {
  Tensor weights = mixture.weights.probabilities();
  for (int axis = 0; axis < mixture.event_shape().rank(); ++axis)
    weights = expand_dims(weights, -1);
  return weights;
}

/// The axis of the components in what the components have: (batch..., k, event...).
int component_axis(const Mixture& mixture) { return -1 - mixture.event_shape().rank(); }

}  // namespace

Mixture::Mixture(const Tensor& p, Shared<const Distribution> distributions)
    : weights(cast(p, distributions->dtype())), components(std::move(distributions)) {
  const Shape batch = components->batch_shape();
  const Shape& shape = weights.log_probabilities.shape();
  if (batch.rank() == 0 || batch.back() != shape.back()) {
    throw Error(ErrorCode::shape, name(),
                fmt::format("weights of shape {} do not fit components of batch shape {}",
                            shape.to_string(), batch.to_string()),
                {shape, batch});
  }
}

Shape Mixture::batch_shape() const {
  return broadcast_shapes(name(), weights.batch_shape(), leading_shape(components->batch_shape()));
}

Tensor Mixture::log_prob(const Tensor& x) const {
  return log_sum_exp(weights.log_probabilities + components->log_prob(for_each_component(*this, x)),
                     {.axes = {-1}});
}

Tensor Mixture::cdf(const Tensor& x) const {
  return sum(weights.probabilities() * components->cdf(for_each_component(*this, x)),
             {.axes = {-1}});
}

Tensor Mixture::survival(const Tensor& x) const {
  return sum(weights.probabilities() * components->survival(for_each_component(*this, x)),
             {.axes = {-1}});
}

Tensor Mixture::quantile(const Tensor& value) const {
  const Tensor p = cast(value, dtype());
  const Tensor each = stop_gradient(components->quantile(expand_dims(p, -1)));
  Tensor low = min(each, {.axes = {-1}}).eval();
  Tensor high = max(each, {.axes = {-1}}).eval();
  const Tensor wanted = stop_gradient(p);
  for (int step = 0; step < 200; ++step) {
    const Tensor middle = (low + 0.5 * (high - low)).eval();
    const Tensor is_between = logical_and(greater(middle, low), less(middle, high));
    if (!any(is_between).item<bool>()) break;
    const Tensor is_short = less(stop_gradient(cdf(middle)), wanted);
    low = where(is_short, middle, low).eval();
    high = where(is_short, high, middle).eval();
  }
  // The implicit function: d x = (d p - d cdf) / density.
  const Tensor density = stop_gradient(prob(high));
  const Tensor correction = (p - wanted) - (cdf(high) - stop_gradient(cdf(high)));
  const Tensor is_smooth =
      logical_and(greater(density, number_like(0, density)), is_finite(density));
  return high + where(is_smooth, correction / where(is_smooth, density, number_like(1, density)),
                      number_like(0, correction));
}

Tensor Mixture::sample(const Key& key, const Shape& shape) const {
  const auto keys = key.split(2);
  const Shape draws = joined(shape, batch_shape());
  const Tensor all_weights = broadcast_to(
      weights.log_probabilities, joined(draws, {weights.log_probabilities.shape().back()}));
  Tensor index = expand_dims(random_categorical(keys[0], all_weights), -1);
  const Shape own = components->batch_shape();
  // Components whose batch is smaller than that of the weights are drawn for each of these.
  const int missing = batch_shape().rank() + 1 - own.rank();
  Dims extra = shape.dims();
  const Shape batch = batch_shape();
  for (int axis = 0; axis < missing; ++axis) extra.push_back(batch[axis]);
  const Tensor drawn = components->sample(keys[1], Shape(extra));
  Dims full = draws.dims();
  full.push_back(own.back());
  const Tensor all = broadcast_to(drawn, joined(Shape(full), event_shape()));
  for (int axis = 0; axis < event_shape().rank(); ++axis) index = expand_dims(index, -1);
  Dims one = draws.dims();
  one.push_back(1);
  const int axis = component_axis(*this);
  return squeeze(take_along_axis(all, broadcast_to(index, joined(Shape(one), event_shape())), axis),
                 {axis});
}

Tensor Mixture::mean() const {
  return sum(weights_beside_events(*this) * components->mean(), {.axes = {component_axis(*this)}});
}

Tensor Mixture::variance() const {
  const Tensor center = expand_dims(mean(), component_axis(*this));
  const Tensor spread = components->variance() + square(components->mean() - center);
  return sum(weights_beside_events(*this) * spread, {.axes = {component_axis(*this)}});
}

Tensor Mixture::log_responsibilities(const Tensor& x) const {
  return log_softmax(weights.log_probabilities +
                     components->log_prob(for_each_component(*this, x)));
}

}  // namespace gradus::stats
