#include "gradus/stats/categorical.h"

#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {

Categorical::Categorical(const Tensor& p)
    : log_probabilities(
          log(require_distribution(name(), "probabilities", floating_parameter(name(), p)))) {}

Categorical Categorical::from_logits(const Tensor& logits) {
  const Tensor x = floating_parameter("Categorical", logits);
  if (x.rank() == 0 || x.shape().back() == 0) {
    throw Error(ErrorCode::shape, "Categorical",
                fmt::format("logits of shape {} have no classes", x.shape().to_string()),
                {x.shape()});
  }
  return Categorical(Normalized{log_softmax(x)});
}

Shape Categorical::batch_shape() const { return leading_shape(log_probabilities.shape()); }

Tensor Categorical::probabilities() const { return exp(log_probabilities); }

namespace {

/// `values` (batch..., k) at `index` (...), each broadcast against the other's batch.
Tensor at_index(const char* name, const Tensor& values, const Tensor& index) {
  const Shape batch = leading_shape(values.shape());
  const Shape shape = broadcast_shapes(name, batch, index.shape());
  const Tensor all = broadcast_to(values, joined(shape, {values.shape().back()}));
  return squeeze(take_along_axis(all, expand_dims(broadcast_to(index, shape), -1), -1), {-1});
}

}  // namespace

Tensor Categorical::log_prob(const Tensor& value) const {
  const Tensor x = is_floating(value.dtype()) ? value : cast(value, DType::f64);
  const double classes = static_cast<double>(log_probabilities.shape().back());
  const Tensor outside = logical_or(is_no_count(x, 0), greater_equal(x, number_like(classes, x)));
  const Tensor index = cast(inside(logical_or(outside, is_nan(x)), x, 0), DType::i64);
  const Tensor result = unless(outside, at_index(name(), log_probabilities, index));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return where(is_nan(x), number_like(nan, result), result);
}

Tensor Categorical::cdf(const Tensor& value) const {
  const Tensor x = floor(is_floating(value.dtype()) ? value : cast(value, DType::f64));
  const double last = static_cast<double>(log_probabilities.shape().back() - 1);
  const Tensor index = cast(clip(x, 0, last), DType::i64);
  const Tensor inner = at_index(name(), cumulative_sum(probabilities()), index);
  const Tensor not_below = where(less(x, number_like(0, x)), number_like(0, inner), inner);
  return where(greater_equal(x, number_like(last, x)), number_like(1, inner), not_below);
}

Tensor Categorical::quantile(const Tensor& value) const {
  const Tensor p = expand_dims(cast(value, dtype()), -1);
  const Tensor steps = cumulative_sum(probabilities());
  const Tensor passed = cast(less(steps, p), DType::i64);
  const Tensor last(log_probabilities.shape().back() - 1);
  const Tensor index = minimum(sum(passed, {.axes = {-1}}), last);
  const Tensor plain = squeeze(p, {-1});
  const Tensor is_one = logical_and(greater_equal(plain, number_like(0, plain)),
                                    less_equal(plain, number_like(1, plain)));
  return where(is_one, index, Tensor(std::int64_t{-1}));
}

Tensor Categorical::sample(const Key& key, const Shape& shape) const {
  return random_categorical(
      key, broadcast_to(log_probabilities, joined(shape, log_probabilities.shape())));
}

namespace {

Tensor indices_like(const Tensor& x) {
  return arange(0, static_cast<double>(x.shape().back()), 1, x.dtype());
}

}  // namespace

Tensor Categorical::mean() const {
  return sum(probabilities() * indices_like(log_probabilities), {.axes = {-1}});
}

Tensor Categorical::variance() const {
  const Tensor gap = indices_like(log_probabilities) - expand_dims(mean(), -1);
  return sum(probabilities() * square(gap), {.axes = {-1}});
}

Tensor Categorical::entropy() const { return entropy_of_probabilities(probabilities()); }

}  // namespace gradus::stats
