#include "gradus/stats/linear_regression.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/cholesky.h"
#include "gradus/linalg/solve.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {
namespace {

/// Inputs (n, d) for weights (d), in their type. Throws Error for other shapes.
Tensor regression_inputs(const char* operation, const Tensor& inputs, const Tensor& weights) {
  if (!inputs.defined() || inputs.rank() != 2 || inputs.dim(1) != weights.dim(-1)) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes inputs (n, {}), not {}", weights.dim(-1), inputs.signature()),
                {inputs.shape()});
  }
  return require_real(operation, "an input", cast(inputs, weights.dtype()));
}

Tensor regression_targets(const char* operation, const Tensor& targets, const Tensor& inputs) {
  if (!targets.defined() || !(targets.shape() == Shape{inputs.dim(0)})) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("{} are no targets of {}", targets.signature(), inputs.signature()),
                {targets.shape(), inputs.shape()});
  }
  return require_real(operation, "a target", cast(targets, inputs.dtype()));
}

void check_noise(const char* operation, double deviation) {
  if (deviation > 0 && std::isfinite(deviation)) return;
  throw Error(
      ErrorCode::invalid_argument, operation,
      fmt::format("the deviation of the noise must be positive and finite, not {}", deviation));
}

/// x^T a^-1 x of each row x of `inputs`, by the Cholesky factor of a: (m).
Tensor inverse_forms(const Tensor& factor, const Tensor& inputs) {
  return sum(square(linalg::solve_triangular(factor, transpose(inputs))), {.axes = {0}});
}

/// log of the determinant of a matrix by its Cholesky factor.
Tensor log_determinant_of(const Tensor& factor) {
  const std::int64_t d = factor.dim(-1);
  return 2 * sum(log(sum(factor * eye(d, d, 0, factor.dtype()), {.axes = {-1}})));
}

}  // namespace

MultivariateNormal posterior_of_weights(const MultivariateNormal& prior, const Tensor& inputs,
                                        const Tensor& targets, double noise_deviation) {
  const char* const name = "posterior_of_weights";
  check_noise(name, noise_deviation);
  const Tensor x = regression_inputs(name, inputs, prior.location);
  const Tensor y = regression_targets(name, targets, x);
  // In the coordinates u of w = mean + scale u the prior is a unit Gaussian: no prior, however
  // narrow, is inverted.
  const Tensor scaled = matmul(x, prior.scale) / noise_deviation;
  const Tensor rest = (y - matmul(x, prior.location)) / noise_deviation;
  const std::int64_t d = x.dim(1);
  const Tensor precision = eye(d, d, 0, x.dtype()) + matmul(transpose(scaled), scaled);
  const Tensor factor = linalg::cholesky(precision);
  const Tensor u = linalg::cholesky_solve(factor, matmul(transpose(scaled), rest));
  // scale precision^-1 scale^T = r^T r, r = factor^-1 scale^T.
  const Tensor root = linalg::solve_triangular(factor, transpose(prior.scale));
  return {prior.location + matmul(prior.scale, u), matmul(transpose(root), root)};
}

Normal predictive_of_weights(const MultivariateNormal& posterior, const Tensor& inputs,
                             double noise_deviation) {
  const char* const name = "predictive_of_weights";
  check_noise(name, noise_deviation);
  const Tensor x = regression_inputs(name, inputs, posterior.location);
  const Tensor spread = sum(square(matmul(x, posterior.scale)), {.axes = {-1}});
  return {matmul(x, posterior.location), sqrt(spread + noise_deviation * noise_deviation)};
}

NormalGammaRegression NormalGammaRegression::weak_prior(std::int64_t weights, double strength) {
  if (weights < 1 || !(strength > 0)) {
    throw Error(ErrorCode::invalid_argument, "weak_prior",
                fmt::format("{} weights of precision {} have no prior", weights, strength));
  }
  return {zeros({weights}, DType::f64), strength * eye(weights, weights, 0, DType::f64),
          Tensor::scalar(1e-3, DType::f64), Tensor::scalar(1e-3, DType::f64)};
}

StudentT NormalGammaRegression::weights() const {
  const Tensor factor = linalg::cholesky(precision);
  const std::int64_t d = mean.dim(0);
  return {2 * shape, mean, sqrt(rate / shape * inverse_forms(factor, eye(d, d, 0, mean.dtype())))};
}

StudentT NormalGammaRegression::predictive(const Tensor& inputs) const {
  const Tensor x = regression_inputs("predictive", inputs, mean);
  const Tensor spread = inverse_forms(linalg::cholesky(precision), x);
  return {2 * shape, matmul(x, mean), sqrt(rate / shape * (1 + spread))};
}

NormalGammaRegression posterior_of_regression(const NormalGammaRegression& prior,
                                              const Tensor& inputs, const Tensor& targets) {
  const char* const name = "posterior_of_regression";
  const Tensor x = regression_inputs(name, inputs, prior.mean);
  const Tensor y = regression_targets(name, targets, x);
  const Tensor precision = prior.precision + matmul(transpose(x), x);
  // The mean moves by what the prior's mean leaves of the targets.
  const Tensor rest = y - matmul(x, prior.mean);
  const Tensor move =
      linalg::cholesky_solve(linalg::cholesky(precision), matmul(transpose(x), rest));
  const Tensor left = rest - matmul(x, move);
  const Tensor squares = sum(square(left)) + sum(move * matmul(prior.precision, move));
  return {prior.mean + move, precision, prior.shape + 0.5 * static_cast<double>(x.dim(0)),
          prior.rate + 0.5 * squares};
}

Tensor log_evidence(const NormalGammaRegression& prior, const Tensor& inputs,
                    const Tensor& targets) {
  const NormalGammaRegression after = posterior_of_regression(prior, inputs, targets);
  const double n = static_cast<double>(inputs.dim(0));
  return 0.5 * (log_determinant_of(linalg::cholesky(prior.precision)) -
                log_determinant_of(linalg::cholesky(after.precision))) +
         prior.shape * log(prior.rate) - after.shape * log(after.rate) + lgamma(after.shape) -
         lgamma(prior.shape) - 0.5 * n * std::log(2 * std::numbers::pi);
}

}  // namespace gradus::stats
