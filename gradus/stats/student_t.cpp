#include "gradus/stats/student_t.h"

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

StudentT::StudentT(const Tensor& freedom, const Tensor& place, const Tensor& width) {
  const auto [m, s] = floating_parameters(name(), place, width);
  const auto [v, same] = floating_parameters(name(), freedom, m);
  degrees = require_positive(name(), "degrees of freedom", v);
  location = require_real(name(), "location", same);
  scale = require_positive(name(), "scale", cast(s, v.dtype()));
}

StudentT::StudentT(const Tensor& freedom)
    : StudentT(freedom, number_like(0, freedom), number_like(1, freedom)) {}

Shape StudentT::batch_shape() const {
  const Shape affine = broadcast_shapes(name(), location.shape(), scale.shape());
  return broadcast_shapes(name(), degrees.shape(), affine);
}

namespace {

/// The logarithm of the density at z of t with location 0 and scale 1.
Tensor standard_log_prob(const Tensor& degrees, const Tensor& z) {
  return negative(log_beta(0.5 * degrees, number_like(0.5, degrees))) - 0.5 * log(degrees) -
         0.5 * (degrees + 1) * log1p(square(z) / degrees);
}

/// The probability of a value beyond |z|, on one side. With y = z^2 / (degrees + z^2) it is half of
/// I_1-y(degrees / 2, 1 / 2) = 1 - I_y(1 / 2, degrees / 2); the second where y is small.
Tensor one_tail(const Tensor& degrees, const Tensor& z) {
  const Tensor half = number_like(0.5, degrees);
  const Tensor square_of = square(z);
  const Tensor is_near = less(square_of, degrees);
  const Tensor far = where(is_near, 4 * degrees, square_of);
  const Tensor near = where(is_near, square_of, degrees);
  return 0.5 * where(is_near, 1 - betainc(half, 0.5 * degrees, near / (degrees + near)),
                     betainc(0.5 * degrees, half, degrees / (degrees + far)));
}

Tensor standard_cdf(const Tensor& degrees, const Tensor& z) {
  // At 0 the root in y has no derivative; the function itself has one, the density.
  const Tensor zero = number_like(0, z);
  const Tensor is_zero = equal(z, zero);
  const Tensor tail = one_tail(degrees, where(is_zero, number_like(1, z), z));
  const Tensor beside_zero = 0.5 + z * exp(standard_log_prob(degrees, zero));
  return where(is_zero, beside_zero, where(less(z, zero), tail, 1 - tail));
}

/// The z below 0 with one_tail(z) = p, 0 <= p <= 1/2.
Tensor tail_point(const Tensor& degrees, const Tensor& p) {
  const Tensor half = number_like(0.5, degrees);
  const Tensor is_near = greater(p, number_like(0.25, p));
  const Tensor y = betaincinv(half, 0.5 * degrees, where(is_near, 1 - 2 * p, half));
  const Tensor rest = betaincinv(0.5 * degrees, half, where(is_near, half, 2 * p));
  return negative(sqrt(degrees * where(is_near, y / (1 - y), (1 - rest) / rest)));
}

}  // namespace

Tensor StudentT::log_prob(const Tensor& x) const {
  return standard_log_prob(degrees, (cast(x, dtype()) - location) / scale) - log(scale);
}

Tensor StudentT::cdf(const Tensor& x) const {
  return standard_cdf(degrees, (cast(x, dtype()) - location) / scale);
}

Tensor StudentT::survival(const Tensor& x) const {
  return standard_cdf(degrees, (location - cast(x, dtype())) / scale);
}

Tensor StudentT::quantile(const Tensor& value) const {
  const Tensor p = cast(value, dtype());
  const Tensor half = number_like(0.5, p);
  const Tensor is_half = equal(p, half);
  const Tensor tail = where(is_half, number_like(0.25, p), minimum(p, 1 - p));
  const Tensor size = tail_point(degrees, tail);
  const Tensor beside_zero = (p - half) / exp(standard_log_prob(degrees, number_like(0, degrees)));
  return location + scale * where(is_half, beside_zero, where(less(p, half), size, negative(size)));
}

Tensor StudentT::sample(const Key& key, const Shape& shape) const {
  // A normal number over the root of an independent chi-squared one over its degrees.
  const Shape draws = joined(shape, batch_shape());
  const auto keys = key.split(2);
  const Tensor log_half_square = random_log_gamma(keys[1], broadcast_to(0.5 * degrees, draws));
  const Tensor stretch = exp(0.5 * (log(0.5 * degrees) - log_half_square));
  return location + scale * (random_normal(keys[0], draws, 0, 1, dtype()) * stretch);
}

Tensor StudentT::mean() const {
  const Tensor nan = number_like(std::numeric_limits<double>::quiet_NaN(), degrees);
  return broadcast_to(where(greater(degrees, number_like(1, degrees)), location, nan),
                      batch_shape());
}

Tensor StudentT::variance() const {
  const Tensor two = number_like(2, degrees);
  const Tensor above = where(greater(degrees, two), degrees, number_like(3, degrees));
  const Tensor infinity = number_like(std::numeric_limits<double>::infinity(), degrees);
  const Tensor nan = number_like(std::numeric_limits<double>::quiet_NaN(), degrees);
  const Tensor of_few = where(greater(degrees, number_like(1, degrees)), infinity, nan);
  return broadcast_to(where(greater(degrees, two), above / (above - 2) * square(scale), of_few),
                      batch_shape());
}

Tensor StudentT::entropy() const {
  const Tensor half = number_like(0.5, degrees);
  const Tensor more = 0.5 * (degrees + 1);
  return broadcast_to(more * (digamma(more) - digamma(0.5 * degrees)) + 0.5 * log(degrees) +
                          log_beta(0.5 * degrees, half) + log(scale),
                      batch_shape());
}

}  // namespace gradus::stats
