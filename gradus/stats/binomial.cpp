#include "gradus/stats/binomial.h"

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

Binomial::Binomial(const Tensor& number, const Tensor& probabilities) {
  const Tensor p = floating_parameter(name(), probabilities);
  trials = require_count(name(), "trials", cast(number, p.dtype()));
  probability = require_probability(name(), "probability", p);
}

Shape Binomial::batch_shape() const {
  return broadcast_shapes(name(), trials.shape(), probability.shape());
}

Tensor Binomial::log_prob(const Tensor& value) const {
  const Tensor k = cast(value, dtype());
  const Tensor outside = logical_or(is_no_count(k, 0), greater(k, trials));
  const Tensor safe = inside(outside, k, 0);
  const Tensor rest = trials - safe;
  return unless(outside, lgamma(trials + 1) - lgamma(safe + 1) - lgamma(rest + 1) +
                             x_log_y(safe, probability) + x_log_y(rest, 1 - probability));
}

namespace {

/// I_x(a, b) where k is in [0, trials), else the probabilities outside.
Tensor where_inside(const Tensor& k, const Tensor& trials, const Tensor& value, double below,
                    double above) {
  const Tensor zero = number_like(0, k);
  const Tensor not_below = where(less(k, zero), number_like(below, value), value);
  return where(greater_equal(k, trials), number_like(above, value), not_below);
}

}  // namespace

Tensor Binomial::cdf(const Tensor& value) const {
  const Tensor k = floor(cast(value, dtype()));
  const Tensor safe = minimum(maximum(k, number_like(0, k)), trials - 1);
  const Tensor shape = maximum(safe + 1, number_like(1, k));
  const Tensor rest = maximum(trials - safe, number_like(1, k));
  return where_inside(k, trials, betainc(rest, shape, 1 - probability), 0, 1);
}

Tensor Binomial::survival(const Tensor& value) const {
  const Tensor k = floor(cast(value, dtype()));
  const Tensor safe = minimum(maximum(k, number_like(0, k)), trials - 1);
  const Tensor shape = maximum(safe + 1, number_like(1, k));
  const Tensor rest = maximum(trials - safe, number_like(1, k));
  return where_inside(k, trials, betainc(shape, rest, probability), 1, 0);
}

Tensor Binomial::quantile(const Tensor& p) const {
  const Tensor count = count_quantile(*this, p, 0);
  return where(greater_equal(cast(p, dtype()), number_like(1, count)),
               for_probability(p, trials + 0 * probability), count);
}

Tensor Binomial::sample(const Key& key, const Shape& shape) const {
  const Shape draws = joined(shape, batch_shape());
  return random_binomial(key, broadcast_to(trials, draws), broadcast_to(probability, draws));
}

Tensor Binomial::mean() const { return trials * probability; }
Tensor Binomial::variance() const { return trials * probability * (1 - probability); }

Tensor Binomial::entropy() const {
  const double most = trials.size() > 0 ? max(trials).item<double>() : 0;
  return entropy_over_counts(*this, 0, most);
}

}  // namespace gradus::stats
