#include "gradus/stats/uniform.h"

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

Uniform::Uniform(const Tensor& low_bound, const Tensor& high_bound) {
  const auto [a, b] = floating_parameters(name(), low_bound, high_bound);
  low = require_real(name(), "low", a);
  const Tensor width = require_positive(name(), "high - low", b - a);
  high = low + width;
}

Shape Uniform::batch_shape() const { return high.shape(); }

Tensor Uniform::log_prob(const Tensor& value) const {
  const Tensor x = cast(value, dtype());
  const Tensor outside = logical_or(less(x, low), greater(x, high));
  return unless(outside, negative(log(high - low)) + 0 * inside(outside, x, 0));
}

Tensor Uniform::cdf(const Tensor& x) const {
  return clip((cast(x, dtype()) - low) / (high - low), 0, 1);
}

Tensor Uniform::quantile(const Tensor& value) const {
  const Tensor p = cast(value, dtype());
  return for_probability(p, low + (high - low) * p);
}

Tensor Uniform::sample(const Key& key, const Shape& shape) const {
  return low + (high - low) * random_uniform(key, joined(shape, batch_shape()), 0, 1, dtype());
}

Tensor Uniform::mean() const { return 0.5 * (low + high); }
Tensor Uniform::variance() const { return square(high - low) / 12; }
Tensor Uniform::entropy() const { return log(high - low); }

}  // namespace gradus::stats
