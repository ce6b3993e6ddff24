#include "gradus/stats/negative_binomial.h"

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

NegativeBinomial::NegativeBinomial(const Tensor& number, const Tensor& share) {
  const auto [r, p] = floating_parameters(name(), number, share);
  successes = require_positive(name(), "successes", r);
  probability =
      require_positive(name(), "probability", require_probability(name(), "probability", p));
}

Shape NegativeBinomial::batch_shape() const {
  return broadcast_shapes(name(), successes.shape(), probability.shape());
}

Tensor NegativeBinomial::log_prob(const Tensor& value) const {
  const Tensor k = cast(value, dtype());
  const Tensor outside = is_no_count(k, 0);
  const Tensor safe = inside(outside, k, 0);
  return unless(outside, lgamma(safe + successes) - lgamma(successes) - lgamma(safe + 1) +
                             successes * log(probability) + x_log_y(safe, 1 - probability));
}

Tensor NegativeBinomial::cdf(const Tensor& value) const {
  const Tensor k = floor(cast(value, dtype()));
  const Tensor is_below = less(k, number_like(0, k));
  return where(is_below, number_like(0, k),
               betainc(successes, inside(is_below, k, 0) + 1, probability));
}

Tensor NegativeBinomial::survival(const Tensor& value) const {
  const Tensor k = floor(cast(value, dtype()));
  const Tensor is_below = less(k, number_like(0, k));
  return where(is_below, number_like(1, k),
               betainc(inside(is_below, k, 0) + 1, successes, 1 - probability));
}

Tensor NegativeBinomial::quantile(const Tensor& p) const { return count_quantile(*this, p, 0); }

Tensor NegativeBinomial::sample(const Key& key, const Shape& shape) const {
  const auto keys = key.split(2);
  const Tensor log_rate =
      random_log_gamma(keys[0], broadcast_to(successes, joined(shape, batch_shape())));
  return random_poisson(keys[1], stop_gradient(exp(log_rate) * (1 - probability) / probability));
}

Tensor NegativeBinomial::mean() const { return successes * (1 - probability) / probability; }
Tensor NegativeBinomial::variance() const {
  return successes * (1 - probability) / square(probability);
}

Tensor NegativeBinomial::entropy() const {
  // Beyond this quantile, which needs the digits of f64, there is nothing left to add.
  const NegativeBinomial wide(cast(successes, DType::f64), cast(probability, DType::f64));
  const Tensor last = wide.quantile(Tensor::scalar(1 - 1e-15, DType::f64));
  const double most = last.size() > 0 ? max(last).item<double>() : 0;
  return entropy_over_counts(*this, 0, most + 50);
}

}  // namespace gradus::stats
