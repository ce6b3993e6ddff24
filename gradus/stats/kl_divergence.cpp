#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/solve.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/bernoulli.h"
#include "gradus/stats/beta.h"
#include "gradus/stats/binomial.h"
#include "gradus/stats/categorical.h"
#include "gradus/stats/dirichlet.h"
#include "gradus/stats/exponential.h"
#include "gradus/stats/gamma.h"
#include "gradus/stats/geometric.h"
#include "gradus/stats/laplace.h"
#include "gradus/stats/multinomial.h"
#include "gradus/stats/multivariate_normal.h"
#include "gradus/stats/normal.h"
#include "gradus/stats/parameters.h"
#include "gradus/stats/poisson.h"
#include "gradus/stats/uniform.h"

namespace gradus::stats {
namespace {

/// p log(p / q), 0 for p = 0, infinity for q = 0 < p.
Tensor relative(const Tensor& p, const Tensor& q) { return x_log_y(p, p) - x_log_y(p, q); }

Tensor divergence(const Normal& p, const Normal& q) {
  const Tensor ratio = square(p.scale / q.scale);
  return 0.5 * (ratio + square((p.location - q.location) / q.scale) - 1 - log(ratio));
}

Tensor divergence(const Uniform& p, const Uniform& q) {
  const Tensor is_within = logical_and(less_equal(q.low, p.low), greater_equal(q.high, p.high));
  const Tensor value = log((q.high - q.low) / (p.high - p.low));
  return where(is_within, value, number_like(std::numeric_limits<double>::infinity(), value));
}

Tensor divergence(const Exponential& p, const Exponential& q) {
  const Tensor ratio = q.rate / p.rate;
  return ratio - 1 - log(ratio);
}

Tensor divergence(const Laplace& p, const Laplace& q) {
  const Tensor gap = absolute(p.location - q.location);
  return log(q.scale / p.scale) + (gap + p.scale * exp(negative(gap / p.scale))) / q.scale - 1;
}

Tensor divergence(const Gamma& p, const Gamma& q) {
  return (p.shape - q.shape) * digamma(p.shape) - lgamma(p.shape) + lgamma(q.shape) +
         q.shape * log(p.rate / q.rate) + p.shape * (q.rate / p.rate - 1);
}

Tensor divergence(const Beta& p, const Beta& q) {
  return log_beta(q.a, q.b) - log_beta(p.a, p.b) + (p.a - q.a) * digamma(p.a) +
         (p.b - q.b) * digamma(p.b) + (q.a - p.a + q.b - p.b) * digamma(p.a + p.b);
}

Tensor divergence(const Dirichlet& p, const Dirichlet& q) {
  const Tensor total = sum(p.concentration, {.axes = {-1}, .keep_axes = true});
  return q.log_normalizer() - p.log_normalizer() +
         sum((p.concentration - q.concentration) * (digamma(p.concentration) - digamma(total)),
             {.axes = {-1}});
}

Tensor divergence(const MultivariateNormal& p, const MultivariateNormal& q) {
  const Tensor root = linalg::solve_triangular(q.scale, p.scale);
  const Tensor gap = linalg::solve_triangular(q.scale, expand_dims(q.location - p.location, -1));
  const double k = static_cast<double>(p.location.shape().back());
  return 0.5 * (sum(square(root), {.axes = {-2, -1}}) + sum(square(gap), {.axes = {-2, -1}}) - k) +
         q.log_scale() - p.log_scale();
}

Tensor divergence(const Bernoulli& p, const Bernoulli& q) {
  return relative(p.probability, q.probability) + relative(1 - p.probability, 1 - q.probability);
}

Tensor divergence(const Binomial& p, const Binomial& q) {
  const auto shape = broadcast_shapes("kl_divergence", p.trials.shape(), q.trials.shape());
  const Tensor trials = broadcast_to(p.trials, shape);
  const Tensor same = require_that(trials, equal(trials, q.trials), "kl_divergence",
                                   "the numbers of trials must be equal");
  return same *
         (relative(p.probability, q.probability) + relative(1 - p.probability, 1 - q.probability));
}

Tensor divergence(const Poisson& p, const Poisson& q) {
  return p.rate * log(p.rate / q.rate) - p.rate + q.rate;
}

Tensor divergence(const Geometric& p, const Geometric& q) {
  return log(p.probability / q.probability) +
         relative(1 - p.probability, 1 - q.probability) / p.probability;
}

Tensor divergence(const Categorical& p, const Categorical& q) {
  return sum(relative(p.probabilities(), q.probabilities()), {.axes = {-1}});
}

Tensor divergence(const Multinomial& p, const Multinomial& q) {
  if (p.trials != q.trials) {
    throw Error(ErrorCode::unsupported, "kl_divergence",
                fmt::format("there is no closed form for {} and {} trials", p.trials, q.trials));
  }
  return static_cast<double>(p.trials) *
         sum(relative(p.probabilities, q.probabilities), {.axes = {-1}});
}

/// Sets `result` if both are of family D.
template <class D>
Tensor of_family(const Distribution& p, const Distribution& q) {
  const auto* const first = dynamic_cast<const D*>(&p);
  const auto* const second = dynamic_cast<const D*>(&q);
  return first && second ? divergence(*first, *second) : Tensor();
}

template <class... D>
Tensor of_one_of(const Distribution& p, const Distribution& q) {
  Tensor result;
  static_cast<void>(((result = of_family<D>(p, q)).defined() || ...));
  return result;
}

}  // namespace

Tensor kl_divergence(const Distribution& p, const Distribution& q) {
  const Tensor result =
      of_one_of<Normal, MultivariateNormal, Uniform, Exponential, Laplace, Gamma, Beta, Dirichlet,
                Bernoulli, Binomial, Poisson, Geometric, Categorical, Multinomial>(p, q);
  if (result.defined()) return result;
  throw Error(ErrorCode::unsupported, "kl_divergence",
              fmt::format("there is no closed form for {} and {}", p.name(), q.name()));
}

}  // namespace gradus::stats
