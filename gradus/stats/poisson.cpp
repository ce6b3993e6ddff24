#include "gradus/stats/poisson.h"

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

Poisson::Poisson(const Tensor& rates)
    : rate(require_positive(name(), "rate", floating_parameter(name(), rates))) {}

Shape Poisson::batch_shape() const { return rate.shape(); }

Tensor Poisson::log_prob(const Tensor& value) const {
  const Tensor k = cast(value, dtype());
  const Tensor outside = is_no_count(k, 0);
  const Tensor safe = inside(outside, k, 0);
  return unless(outside, safe * log(rate) - rate - lgamma(safe + 1));
}

Tensor Poisson::cdf(const Tensor& value) const {
  const Tensor k = floor(cast(value, dtype()));
  const Tensor is_below = less(k, number_like(0, k));
  const Tensor inside_value = gammaincc(inside(is_below, k, 0) + 1, rate);
  return where(is_below, number_like(0, k), inside_value);
}

Tensor Poisson::survival(const Tensor& value) const {
  const Tensor k = floor(cast(value, dtype()));
  const Tensor is_below = less(k, number_like(0, k));
  return where(is_below, number_like(1, k), gammainc(inside(is_below, k, 0) + 1, rate));
}

Tensor Poisson::quantile(const Tensor& p) const { return count_quantile(*this, p, 0); }

Tensor Poisson::sample(const Key& key, const Shape& shape) const {
  return random_poisson(key, broadcast_to(rate, joined(shape, batch_shape())));
}

Tensor Poisson::mean() const { return rate; }
Tensor Poisson::variance() const { return rate; }

Tensor Poisson::entropy() const {
  // Beyond 12 deviations and 40 above the mean, the probabilities add up to less than 1e-16.
  const double largest = rate.size() > 0 ? max(rate).item<double>() : 0;
  return entropy_over_counts(*this, 0, std::ceil(largest + 12 * std::sqrt(largest) + 40));
}

}  // namespace gradus::stats
