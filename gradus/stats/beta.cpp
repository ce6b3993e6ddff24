#include "gradus/stats/beta.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "gradus/ops/activation.h"
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

Beta::Beta(const Tensor& first, const Tensor& second) {
  const auto [x, y] = floating_parameters(name(), first, second);
  a = require_positive(name(), "a", x);
  b = require_positive(name(), "b", y);
}

Shape Beta::batch_shape() const { return broadcast_shapes(name(), a.shape(), b.shape()); }

Tensor Beta::log_prob(const Tensor& value) const {
  const Tensor x = cast(value, dtype());
  const Tensor outside = logical_or(less(x, number_like(0, x)), greater(x, number_like(1, x)));
  const Tensor safe = inside(outside, x, 0.5);
  return unless(outside, x_log_y(a - 1, safe) + x_log_y(b - 1, 1 - safe) - log_beta(a, b));
}

Tensor Beta::cdf(const Tensor& x) const { return betainc(a, b, clip(cast(x, dtype()), 0, 1)); }
Tensor Beta::survival(const Tensor& x) const {
  return betainc(b, a, clip(1 - cast(x, dtype()), 0, 1));
}
Tensor Beta::quantile(const Tensor& p) const { return betaincinv(a, b, cast(p, dtype())); }

Tensor Beta::sample(const Key& key, const Shape& shape) const {
  // x / (x + y) of two gamma numbers, by their logarithms: small shapes give numbers of any size.
  const Shape draws = joined(shape, batch_shape());
  const auto keys = key.split(2);
  const Tensor difference = random_log_gamma(keys[1], broadcast_to(b, draws)) -
                            random_log_gamma(keys[0], broadcast_to(a, draws));
  return sigmoid(negative(difference));
}

Tensor Beta::mean() const { return a / (a + b); }
Tensor Beta::variance() const { return a * b / (square(a + b) * (a + b + 1)); }
Tensor Beta::entropy() const {
  return log_beta(a, b) - (a - 1) * digamma(a) - (b - 1) * digamma(b) +
         (a + b - 2) * digamma(a + b);
}

}  // namespace gradus::stats
