#include "gradus/stats/normal.h"

#include <cmath>
#include <numbers>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {

Normal::Normal(const Tensor& mean, const Tensor& deviation) {
  const auto [m, s] = floating_parameters(name(), mean, deviation);
  location = require_real(name(), "mean", m);
  scale = require_positive(name(), "deviation", s);
}

Shape Normal::batch_shape() const {
  return broadcast_shapes(name(), location.shape(), scale.shape());
}

Tensor Normal::log_prob(const Tensor& x) const {
  const Tensor z = (cast(x, dtype()) - location) / scale;
  return square(z) * -0.5 - log(scale) - 0.5 * std::log(2 * std::numbers::pi);
}

Tensor Normal::cdf(const Tensor& x) const {
  const Tensor z = (cast(x, dtype()) - location) / scale;
  return 0.5 * erfc(z * (-1 / std::numbers::sqrt2));
}

Tensor Normal::survival(const Tensor& x) const {
  const Tensor z = (cast(x, dtype()) - location) / scale;
  return 0.5 * erfc(z * (1 / std::numbers::sqrt2));
}

Tensor Normal::quantile(const Tensor& p) const {
  return location - scale * (erfcinv(2 * cast(p, dtype())) * std::numbers::sqrt2);
}

Tensor Normal::sample(const Key& key, const Shape& shape) const {
  return location + scale * random_normal(key, joined(shape, batch_shape()), 0, 1, dtype());
}

Tensor Normal::mean() const { return broadcast_to(location, batch_shape()); }
Tensor Normal::variance() const { return broadcast_to(square(scale), batch_shape()); }

Tensor Normal::entropy() const {
  return broadcast_to(log(scale) + 0.5 * std::log(2 * std::numbers::pi * std::numbers::e),
                      batch_shape());
}

}  // namespace gradus::stats
