#include "gradus/stats/moments.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {
namespace {

Tensor checked_sample(const char* operation, const Tensor& x, int rank) {
  const Tensor sample = floating_parameter(operation, x);
  if (sample.rank() != rank || sample.dim(0) < 2) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes {} of at least two observations, not {}",
                            rank == 1 ? "samples (n)" : "a sample (n, d)", sample.signature()),
                {sample.shape()});
  }
  return sample;
}

/// Two samples as the columns of one.
Tensor two_columns(const char* operation, const Tensor& x, const Tensor& y) {
  const auto [first, second] = floating_parameters(operation, checked_sample(operation, x, 1),
                                                   checked_sample(operation, y, 1));
  if (!(first.shape() == second.shape())) {
    throw Error(
        ErrorCode::shape, operation,
        fmt::format("samples of {} and {} observations are no pairs", first.size(), second.size()),
        {first.shape(), second.shape()});
  }
  return stack({first, second}, 1);
}

Tensor covariance_of_columns(const Tensor& sample) {
  const Tensor centered = sample - mean(sample, {.axes = {0}});
  return matmul(transpose(centered), centered) / static_cast<double>(sample.dim(0) - 1);
}

Tensor correlation_of_columns(const Tensor& sample) {
  // Columns of one length, so that the diagonal is 1 up to rounding.
  const Tensor centered = sample - mean(sample, {.axes = {0}});
  const Tensor length = sqrt(sum(square(centered), {.axes = {0}}));
  const Tensor unit = centered / length;
  return matmul(transpose(unit), unit);
}

Tensor corner(const Tensor& matrix) { return select(select(matrix, 0, 0), 0, 1); }

/// Values and probabilities of one type, the probabilities checked.
TwoParameters checked_values(const char* operation, const Tensor& values,
                             const Tensor& probabilities) {
  const auto [x, p] = floating_parameters(operation, values, probabilities);
  const Tensor checked = require_distribution(operation, "probabilities", p);
  return {require_last_axis(operation, x, checked), checked};
}

struct Table {
  Tensor x, y;  // deviations from the means: (x, 1) and (y)
  Tensor p;     // (x, y)
};

Table checked_table(const char* operation, const Tensor& x, const Tensor& y, const Tensor& joint) {
  const Tensor p = floating_parameter(operation, joint);
  if (x.rank() != 1 || y.rank() != 1 || !(p.shape() == Shape{x.dim(0), y.dim(0)})) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("a table of shape {} does not fit values of shapes {} and {}",
                            p.shape().to_string(), x.shape().to_string(), y.shape().to_string()),
                {p.shape(), x.shape(), y.shape()});
  }
  const Tensor checked =
      reshape(require_distribution(operation, "probabilities", flatten(p)), p.shape());
  const Tensor of_x = cast(x, p.dtype());
  const Tensor of_y = cast(y, p.dtype());
  const Tensor x_gap = of_x - sum(of_x * sum(checked, {.axes = {1}}));
  const Tensor y_gap = of_y - sum(of_y * sum(checked, {.axes = {0}}));
  return {expand_dims(x_gap, 1), y_gap, checked};
}

}  // namespace

Tensor covariance(const Tensor& sample) {
  return covariance_of_columns(checked_sample("covariance", sample, 2));
}

Tensor covariance(const Tensor& x, const Tensor& y) {
  return corner(covariance_of_columns(two_columns("covariance", x, y)));
}

Tensor correlation(const Tensor& sample) {
  return correlation_of_columns(checked_sample("correlation", sample, 2));
}

Tensor correlation(const Tensor& x, const Tensor& y) {
  return corner(correlation_of_columns(two_columns("correlation", x, y)));
}

Tensor expectation(const Tensor& values, const Tensor& probabilities) {
  const auto [x, p] = checked_values("expectation", values, probabilities);
  return sum(p * x, {.axes = {-1}});
}

Tensor variance(const Tensor& values, const Tensor& probabilities) {
  const auto [x, p] = checked_values("variance", values, probabilities);
  const Tensor gap = x - sum(p * x, {.axes = {-1}, .keep_axes = true});
  return sum(p * square(gap), {.axes = {-1}});
}

Tensor covariance(const Tensor& x_values, const Tensor& y_values, const Tensor& joint) {
  const auto [x, y, p] = checked_table("covariance", x_values, y_values, joint);
  return sum(p * x * y);
}

Tensor correlation(const Tensor& x_values, const Tensor& y_values, const Tensor& joint) {
  const auto [x, y, p] = checked_table("correlation", x_values, y_values, joint);
  return sum(p * x * y) / sqrt(sum(p * square(x)) * sum(p * square(y)));
}

MonteCarloMean expectation(const Function<Tensor(const Tensor&)>& f,
                           const Distribution& distribution, const Key& key, std::int64_t draws) {
  if (draws < 2) {
    throw Error(ErrorCode::invalid_argument, "expectation",
                fmt::format("an average of {} draws has no standard error", draws));
  }
  const Tensor numbers = f(distribution.sample(key, {draws}));
  if (numbers.rank() == 0 || numbers.dim(0) != draws) {
    throw Error(ErrorCode::shape, "expectation",
                fmt::format("the function gave {} for {} draws", numbers.signature(), draws),
                {numbers.shape()});
  }
  return {mean(numbers, {.axes = {0}}),
          std_dev(numbers, {.axes = {0}}) / std::sqrt(static_cast<double>(draws))};
}

}  // namespace gradus::stats
