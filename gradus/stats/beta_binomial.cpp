#include "gradus/stats/beta_binomial.h"

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
#include "gradus/stats/beta.h"
#include "gradus/stats/counts.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {

BetaBinomial::BetaBinomial(const Tensor& number, const Tensor& first, const Tensor& second) {
  const auto [x, y] = floating_parameters(name(), first, second);
  trials = require_count(name(), "trials", cast(number, x.dtype()));
  a = require_positive(name(), "a", x);
  b = require_positive(name(), "b", y);
}

Shape BetaBinomial::batch_shape() const {
  return broadcast_shapes(name(), trials.shape(), broadcast_shapes(name(), a.shape(), b.shape()));
}

Tensor BetaBinomial::log_prob(const Tensor& value) const {
  const Tensor k = cast(value, dtype());
  const Tensor outside = logical_or(is_no_count(k, 0), greater(k, trials));
  const Tensor safe = inside(outside, k, 0);
  const Tensor rest = trials - safe;
  return unless(outside, lgamma(trials + 1) - lgamma(safe + 1) - lgamma(rest + 1) +
                             log_beta(safe + a, rest + b) - log_beta(a, b));
}

Tensor BetaBinomial::sample(const Key& key, const Shape& shape) const {
  const Shape draws = joined(shape, batch_shape());
  const auto keys = key.split(2);
  const Tensor probability = stop_gradient(Beta(broadcast_to(a, draws), b).sample(keys[0]));
  return random_binomial(keys[1], broadcast_to(trials, draws), probability);
}

Tensor BetaBinomial::mean() const { return trials * a / (a + b); }
Tensor BetaBinomial::variance() const {
  return trials * a * b * (a + b + trials) / (square(a + b) * (a + b + 1));
}

Tensor BetaBinomial::entropy() const {
  const double most = trials.size() > 0 ? max(trials).item<double>() : 0;
  return entropy_over_counts(*this, 0, most);
}

}  // namespace gradus::stats
