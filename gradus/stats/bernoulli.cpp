#include "gradus/stats/bernoulli.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {

Bernoulli::Bernoulli(const Tensor& probabilities)
    : probability(
          require_probability(name(), "probability", floating_parameter(name(), probabilities))) {}

Shape Bernoulli::batch_shape() const { return probability.shape(); }

Tensor Bernoulli::log_prob(const Tensor& value) const {
  const Tensor x = cast(value, dtype());
  const Tensor outside = logical_or(is_no_count(x, 0), greater(x, number_like(1, x)));
  const Tensor safe = inside(outside, x, 0);
  return unless(outside, x_log_y(safe, probability) + x_log_y(1 - safe, 1 - probability));
}

Tensor Bernoulli::cdf(const Tensor& value) const {
  const Tensor x = cast(value, dtype());
  const Tensor below_one = where(less(x, number_like(0, x)), number_like(0, x), 1 - probability);
  return where(less(x, number_like(1, x)), below_one, ones_like(below_one));
}

Tensor Bernoulli::quantile(const Tensor& value) const {
  const Tensor p = cast(value, dtype());
  return for_probability(p, cast(greater(p, 1 - probability), dtype()));
}

Tensor Bernoulli::sample(const Key& key, const Shape& shape) const {
  const Tensor u = random_uniform(key, joined(shape, batch_shape()), 0, 1, dtype());
  return cast(less(u, probability), dtype());
}

Tensor Bernoulli::mean() const { return probability; }
Tensor Bernoulli::variance() const { return probability * (1 - probability); }
Tensor Bernoulli::entropy() const {
  return negative(x_log_y(probability, probability) + x_log_y(1 - probability, 1 - probability));
}

}  // namespace gradus::stats
