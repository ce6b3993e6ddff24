#include "gradus/stats/multivariate_normal.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/cholesky.h"
#include "gradus/linalg/solve.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {
namespace {

constexpr const char* kMultivariate = "MultivariateNormal";

/// Both of one type; a mean (..., k) and a matrix (..., k, k).
TwoParameters mean_and_matrix(const Tensor& mean, const Tensor& matrix) {
  const Tensor m = floating_parameter(kMultivariate, mean);
  const Tensor a = floating_parameter(kMultivariate, matrix);
  if (m.rank() < 1 || a.rank() < 2 || a.dim(-1) != a.dim(-2) || m.dim(-1) != a.dim(-1) ||
      m.dim(-1) < 1) {
    throw Error(ErrorCode::shape, kMultivariate,
                fmt::format("a mean of shape {} does not fit a matrix of shape {}",
                            m.shape().to_string(), a.shape().to_string()),
                {m.shape(), a.shape()});
  }
  const DType dtype = promote(m.dtype(), a.dtype());
  return {require_real(kMultivariate, "mean", cast(m, dtype)), cast(a, dtype)};
}

/// Matrices (..., k, k) times vectors (..., k).
Tensor times(const Tensor& matrix, const Tensor& vector) {
  return squeeze(matmul(matrix, expand_dims(vector, -1)), {-1});
}

/// The diagonals of matrices (..., k, k).
Tensor diagonal_of(const Tensor& matrix) {
  const std::int64_t k = matrix.dim(-1);
  return sum(matrix * eye(k, k, 0, matrix.dtype()), {.axes = {-1}});
}

}  // namespace

MultivariateNormal::MultivariateNormal(const Tensor& center, const Tensor& covariance) {
  const auto [m, a] = mean_and_matrix(center, covariance);
  location = m;
  scale = linalg::cholesky(a);
}

MultivariateNormal MultivariateNormal::from_scale(const Tensor& mean, const Tensor& scale) {
  const auto [m, l] = mean_and_matrix(mean, scale);
  const std::int64_t k = l.dim(-1);
  // Only the lower triangle counts.
  const Tensor rows = reshape(arange(0, static_cast<double>(k), 1, l.dtype()), Dims{k, 1});
  const Tensor columns = arange(0, static_cast<double>(k), 1, l.dtype());
  const Tensor lower = where(greater_equal(rows, columns), l, number_like(0, l));
  const Tensor diagonal = require_positive(kMultivariate, "the diagonal of scale", diagonal_of(l));
  const Tensor checked = eye(k, k, 0, l.dtype()) * expand_dims(diagonal, -1);
  return MultivariateNormal(Factor{m, where(equal(rows, columns), checked, lower)});
}

Shape MultivariateNormal::batch_shape() const {
  return broadcast_shapes(name(), leading_shape(location.shape()),
                          leading_shape(leading_shape(scale.shape())));
}

Tensor MultivariateNormal::log_scale() const {
  return sum(log(diagonal_of(scale)), {.axes = {-1}});
}

Tensor MultivariateNormal::log_prob(const Tensor& value) const {
  const Tensor x = require_last_axis(name(), cast(value, dtype()), location);
  const Tensor z = linalg::solve_triangular(scale, expand_dims(x - location, -1));
  const double constant =
      0.5 * std::log(2 * std::numbers::pi) * static_cast<double>(location.shape().back());
  return -0.5 * sum(square(z), {.axes = {-2, -1}}) - log_scale() - constant;
}

Tensor MultivariateNormal::sample(const Key& key, const Shape& shape) const {
  const Shape draws = joined(joined(shape, batch_shape()), event_shape());
  return location + times(scale, random_normal(key, draws, 0, 1, dtype()));
}

Tensor MultivariateNormal::mean() const {
  return broadcast_to(location, joined(batch_shape(), event_shape()));
}

Tensor MultivariateNormal::variance() const {
  return broadcast_to(sum(square(scale), {.axes = {-1}}), joined(batch_shape(), event_shape()));
}

Tensor MultivariateNormal::entropy() const {
  const double constant = 0.5 * std::log(2 * std::numbers::pi * std::numbers::e) *
                          static_cast<double>(location.shape().back());
  return broadcast_to(log_scale() + constant, batch_shape());
}

Tensor MultivariateNormal::covariance() const { return matmul(scale, swap_axes(scale, -1, -2)); }

}  // namespace gradus::stats
