#include "gradus/stats/exponential.h"

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

Exponential::Exponential(const Tensor& rates)
    : rate(require_positive(name(), "rate", floating_parameter(name(), rates))) {}

Shape Exponential::batch_shape() const { return rate.shape(); }

Tensor Exponential::log_prob(const Tensor& value) const {
  const Tensor x = cast(value, dtype());
  const Tensor outside = less(x, number_like(0, x));
  return unless(outside, log(rate) - rate * inside(outside, x, 1));
}

Tensor Exponential::cdf(const Tensor& x) const {
  return negative(expm1(negative(rate * at_least(cast(x, dtype()), 0))));
}

Tensor Exponential::survival(const Tensor& x) const {
  return exp(negative(rate * at_least(cast(x, dtype()), 0)));
}

Tensor Exponential::quantile(const Tensor& value) const {
  const Tensor p = cast(value, dtype());
  return for_probability(p, negative(log1p(negative(p))) / rate);
}

Tensor Exponential::sample(const Key& key, const Shape& shape) const {
  const Tensor u = random_uniform(key, joined(shape, batch_shape()), 0, 1, dtype());
  return negative(log1p(negative(u))) / rate;
}

Tensor Exponential::mean() const { return reciprocal(rate); }
Tensor Exponential::variance() const { return reciprocal(square(rate)); }
Tensor Exponential::entropy() const { return 1 - log(rate); }

}  // namespace gradus::stats
