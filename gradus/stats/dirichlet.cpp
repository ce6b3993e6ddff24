#include "gradus/stats/dirichlet.h"

#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {

Dirichlet::Dirichlet(const Tensor& parameters) {
  const Tensor a = floating_parameter(name(), parameters);
  if (a.rank() == 0 || a.shape().back() < 2) {
    throw Error(ErrorCode::shape, name(),
                fmt::format("concentrations of shape {} are those of fewer than two classes",
                            a.shape().to_string()),
                {a.shape()});
  }
  concentration = require_positive(name(), "concentration", a);
}

Shape Dirichlet::batch_shape() const { return leading_shape(concentration.shape()); }
Shape Dirichlet::event_shape() const { return {concentration.shape().back()}; }

Tensor Dirichlet::log_prob(const Tensor& value) const {
  const Tensor x = require_last_axis(name(), cast(value, dtype()), concentration);
  const Tensor zero = number_like(0, x);
  const double tolerance = dtype_tolerance(dtype());
  const Tensor is_off = greater(absolute(sum(x, {.axes = {-1}}) - 1), number_like(tolerance, x));
  const Tensor outside = logical_or(any(less(x, zero), {.axes = {-1}}), is_off);
  const Tensor safe = where(less(x, zero), number_like(1, x), x);
  const Tensor kernel = sum(x_log_y(concentration - 1, safe), {.axes = {-1}});
  return unless(outside, kernel - log_normalizer());
}

Tensor Dirichlet::log_normalizer() const {
  return sum(lgamma(concentration), {.axes = {-1}}) - lgamma(sum(concentration, {.axes = {-1}}));
}

Tensor Dirichlet::sample(const Key& key, const Shape& shape) const {
  const Shape draws = joined(shape, concentration.shape());
  return softmax(random_log_gamma(key, broadcast_to(concentration, draws)));
}

Tensor Dirichlet::mean() const {
  return concentration / sum(concentration, {.axes = {-1}, .keep_axes = true});
}

Tensor Dirichlet::variance() const {
  const Tensor m = mean();
  return m * (1 - m) / (sum(concentration, {.axes = {-1}, .keep_axes = true}) + 1);
}

Tensor Dirichlet::entropy() const {
  const Tensor total = sum(concentration, {.axes = {-1}});
  const double classes = static_cast<double>(concentration.shape().back());
  return log_normalizer() + (total - classes) * digamma(total) -
         sum((concentration - 1) * digamma(concentration), {.axes = {-1}});
}

}  // namespace gradus::stats
