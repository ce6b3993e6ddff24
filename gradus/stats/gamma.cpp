#include "gradus/stats/gamma.h"

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

Gamma::Gamma(const Tensor& shapes, const Tensor& rates) {
  const auto [a, r] = floating_parameters(name(), shapes, rates);
  shape = require_positive(name(), "shape", a);
  rate = require_positive(name(), "rate", r);
}

Shape Gamma::batch_shape() const { return broadcast_shapes(name(), shape.shape(), rate.shape()); }

Tensor Gamma::log_prob(const Tensor& value) const {
  const Tensor x = cast(value, dtype());
  const Tensor outside = less(x, number_like(0, x));
  const Tensor safe = inside(outside, x, 1);
  return unless(outside,
                shape * log(rate) + x_log_y(shape - 1, safe) - rate * safe - lgamma(shape));
}

Tensor Gamma::cdf(const Tensor& x) const {
  return gammainc(shape, rate * at_least(cast(x, dtype()), 0));
}

Tensor Gamma::survival(const Tensor& x) const {
  return gammaincc(shape, rate * at_least(cast(x, dtype()), 0));
}

Tensor Gamma::quantile(const Tensor& p) const {
  return gammaincinv(shape, cast(p, dtype())) / rate;
}

Tensor Gamma::sample(const Key& key, const Shape& draws) const {
  return exp(random_log_gamma(key, broadcast_to(shape, joined(draws, batch_shape())))) / rate;
}

Tensor Gamma::mean() const { return shape / rate; }
Tensor Gamma::variance() const { return shape / square(rate); }
Tensor Gamma::entropy() const {
  return shape - log(rate) + lgamma(shape) + (1 - shape) * digamma(shape);
}

}  // namespace gradus::stats
