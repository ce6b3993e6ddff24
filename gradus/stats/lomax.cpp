#include "gradus/stats/lomax.h"

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

Lomax::Lomax(const Tensor& power, const Tensor& width) {
  const auto [a, s] = floating_parameters(name(), power, width);
  shape = require_positive(name(), "shape", a);
  scale = require_positive(name(), "scale", s);
}

Shape Lomax::batch_shape() const { return broadcast_shapes(name(), shape.shape(), scale.shape()); }

Tensor Lomax::log_prob(const Tensor& value) const {
  const Tensor x = cast(value, dtype());
  const Tensor outside = less(x, number_like(0, x));
  return unless(outside, log(shape / scale) - (shape + 1) * log1p(inside(outside, x, 0) / scale));
}

Tensor Lomax::cdf(const Tensor& x) const {
  return negative(expm1(negative(shape * log1p(at_least(cast(x, dtype()), 0) / scale))));
}

Tensor Lomax::survival(const Tensor& x) const {
  return exp(negative(shape * log1p(at_least(cast(x, dtype()), 0) / scale)));
}

Tensor Lomax::quantile(const Tensor& value) const {
  const Tensor p = cast(value, dtype());
  return for_probability(p, scale * expm1(negative(log1p(negative(p)) / shape)));
}

Tensor Lomax::sample(const Key& key, const Shape& draws) const {
  return quantile(random_uniform(key, joined(draws, batch_shape()), 0, 1, dtype()));
}

Tensor Lomax::mean() const {
  const Tensor is_finite = greater(shape, number_like(1, shape));
  const double infinity = std::numeric_limits<double>::infinity();
  return where(is_finite, scale / (where(is_finite, shape, number_like(2, shape)) - 1),
               number_like(infinity, shape));
}

Tensor Lomax::variance() const {
  const Tensor is_finite = greater(shape, number_like(2, shape));
  const Tensor a = where(is_finite, shape, number_like(3, shape));
  const double infinity = std::numeric_limits<double>::infinity();
  return where(is_finite, square(scale) * a / (square(a - 1) * (a - 2)),
               number_like(infinity, shape));
}

Tensor Lomax::entropy() const { return log(scale / shape) + reciprocal(shape) + 1; }

}  // namespace gradus::stats
