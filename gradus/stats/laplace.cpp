#include "gradus/stats/laplace.h"

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

Laplace::Laplace(const Tensor& place, const Tensor& width) {
  const auto [m, s] = floating_parameters(name(), place, width);
  location = require_real(name(), "location", m);
  scale = require_positive(name(), "scale", s);
}

Shape Laplace::batch_shape() const {
  return broadcast_shapes(name(), location.shape(), scale.shape());
}

Tensor Laplace::log_prob(const Tensor& x) const {
  return negative(absolute(cast(x, dtype()) - location) / scale) - log(2 * scale);
}

namespace {

/// The distribution function at z = (x - location) / scale. Each side is computed from a z of that
/// side, as the other's exponential may overflow.
Tensor laplace_cdf(const Tensor& z) {
  const Tensor zero = number_like(0, z);
  const Tensor is_left = less(z, zero);
  const Tensor left = 0.5 * exp(where(is_left, z, zero));
  return where(is_left, left, 1 - 0.5 * exp(negative(at_least(z, 0))));
}

}  // namespace

Tensor Laplace::cdf(const Tensor& x) const {
  return laplace_cdf((cast(x, dtype()) - location) / scale);
}

Tensor Laplace::survival(const Tensor& x) const {
  return laplace_cdf((location - cast(x, dtype())) / scale);
}

Tensor Laplace::quantile(const Tensor& value) const {
  const Tensor p = cast(value, dtype());
  const Tensor half = number_like(0.5, p);
  const Tensor is_left = less_equal(p, half);
  const Tensor left = log(2 * where(is_left, p, half));
  const Tensor right = negative(log(2 * where(is_left, half, 1 - p)));
  return location + scale * where(is_left, left, right);
}

Tensor Laplace::sample(const Key& key, const Shape& shape) const {
  // The difference of two independent exponential numbers.
  const Shape draws = joined(shape, batch_shape());
  const auto keys = key.split(2);
  const auto exponential = [&](const Key& own) {
    return log1p(negative(random_uniform(own, draws, 0, 1, dtype())));
  };
  return location + scale * (exponential(keys[0]) - exponential(keys[1]));
}

Tensor Laplace::mean() const { return broadcast_to(location, batch_shape()); }
Tensor Laplace::variance() const { return broadcast_to(2 * square(scale), batch_shape()); }
Tensor Laplace::entropy() const {
  return broadcast_to(log(scale) + (1 + std::numbers::ln2), batch_shape());
}

}  // namespace gradus::stats
