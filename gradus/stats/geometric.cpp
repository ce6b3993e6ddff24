#include "gradus/stats/geometric.h"

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
#include "gradus/stats/counts.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {

Geometric::Geometric(const Tensor& probabilities) {
  const Tensor p = floating_parameter(name(), probabilities);
  probability =
      require_positive(name(), "probability", require_probability(name(), "probability", p));
}

Shape Geometric::batch_shape() const { return probability.shape(); }

Tensor Geometric::log_prob(const Tensor& value) const {
  const Tensor k = cast(value, dtype());
  const Tensor outside = is_no_count(k, 1);
  return unless(outside, x_log_y(inside(outside, k, 1) - 1, 1 - probability) + log(probability));
}

Tensor Geometric::cdf(const Tensor& value) const {
  const Tensor k = maximum(floor(cast(value, dtype())), number_like(0, probability));
  return negative(expm1(x_log_y(k, 1 - probability)));
}

Tensor Geometric::survival(const Tensor& value) const {
  const Tensor k = maximum(floor(cast(value, dtype())), number_like(0, probability));
  return exp(x_log_y(k, 1 - probability));
}

Tensor Geometric::quantile(const Tensor& p) const { return count_quantile(*this, p, 1); }

Tensor Geometric::sample(const Key& key, const Shape& shape) const {
  const Tensor u = 1 - random_uniform(key, joined(shape, batch_shape()), 0, 1, dtype());
  return floor(log(u) / log1p(negative(probability))) + 1;
}

Tensor Geometric::mean() const { return reciprocal(probability); }
Tensor Geometric::variance() const { return (1 - probability) / square(probability); }
Tensor Geometric::entropy() const {
  return negative(x_log_y(1 - probability, 1 - probability) / probability + log(probability));
}

}  // namespace gradus::stats
