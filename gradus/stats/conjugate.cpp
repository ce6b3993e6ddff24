#include "gradus/stats/conjugate.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"
#include "gradus/stats/estimation_checks.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {
namespace {

Tensor total(const Tensor& x) { return sum(x, {.axes = {0}}); }

/// Observations in the type of the prior, with a first axis.
Tensor observations_of(const char* operation, const Tensor& x, DType dtype) {
  if (!x.defined() || x.rank() == 0) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes observations (n, ...), not {}", x.signature()), {x.shape()});
  }
  return require_real(operation, "an observation", cast(x, dtype));
}

Tensor counts_of(const char* operation, const Tensor& x, DType dtype) {
  return require_count(operation, "an observation", observations_of(operation, x, dtype));
}

double length_of(const Tensor& x) { return static_cast<double>(x.dim(0)); }

Tensor at_most(const char* operation, const Tensor& x, double most) {
  return require_that(x, less_equal(x, number_like(most, x)), operation,
                      fmt::format("an observation must be at most {}", most));
}

}  // namespace

Beta posterior_of_bernoulli(const Beta& prior, const Tensor& observations) {
  return posterior_of_binomial(prior, observations, 1);
}

Beta posterior_of_binomial(const Beta& prior, const Tensor& successes, std::int64_t trials) {
  const char* const name = "posterior_of_binomial";
  const double n = static_cast<double>(trials);
  const Tensor x = at_most(name, counts_of(name, successes, prior.dtype()), n);
  return {prior.a + total(x), prior.b + total(n - x)};
}

BetaBinomial predictive_of_binomial(const Beta& posterior, std::int64_t trials) {
  return {number_like(static_cast<double>(trials), posterior.a), posterior.a, posterior.b};
}

Dirichlet posterior_of_categorical(const Dirichlet& prior, const Tensor& indices) {
  const std::int64_t classes = prior.concentration.shape().back();
  return Dirichlet(prior.concentration +
                   total(one_hot(cast(indices, DType::i64), classes, prior.dtype())));
}

Dirichlet posterior_of_multinomial(const Dirichlet& prior, const Tensor& counts) {
  const char* const name = "posterior_of_multinomial";
  const Tensor x = counts_of(name, counts, prior.dtype());
  return Dirichlet(prior.concentration + total(require_last_axis(name, x, prior.concentration)));
}

Categorical predictive_of_categorical(const Dirichlet& posterior) {
  return Categorical(posterior.mean());
}

Gamma posterior_of_poisson(const Gamma& prior, const Tensor& counts) {
  const Tensor x = counts_of("posterior_of_poisson", counts, prior.dtype());
  return {prior.shape + total(x), prior.rate + length_of(x)};
}

Gamma posterior_of_exponential(const Gamma& prior, const Tensor& times) {
  const char* const name = "posterior_of_exponential";
  const Tensor x = observations_of(name, times, prior.dtype());
  const Tensor checked = require_that(x, greater_equal(x, number_like(0, x)), name,
                                      "a waiting time must not be negative");
  return {prior.shape + length_of(x), prior.rate + total(checked)};
}

NegativeBinomial predictive_of_poisson(const Gamma& posterior) {
  return {posterior.shape, posterior.rate / (posterior.rate + 1)};
}

Lomax predictive_of_exponential(const Gamma& posterior) {
  return {posterior.shape, posterior.rate};
}

Normal posterior_of_normal_mean(const Normal& prior, const Tensor& observations,
                                const Tensor& deviation) {
  const char* const name = "posterior_of_normal_mean";
  const Tensor x = observations_of(name, observations, prior.dtype());
  const Tensor known = require_positive(name, "deviation", cast(deviation, prior.dtype()));
  // Precisions add up; means are weighted by them.
  const Tensor before = reciprocal(square(prior.scale));
  const Tensor each = reciprocal(square(known));
  const Tensor precision = before + length_of(x) * each;
  return {(before * prior.location + each * total(x)) / precision, rsqrt(precision)};
}

Normal predictive_of_normal_mean(const Normal& posterior, const Tensor& deviation) {
  return {posterior.location,
          sqrt(square(posterior.scale) + square(cast(deviation, posterior.dtype())))};
}

StudentT NormalGamma::mean() const {
  return {2 * shape, location, sqrt(rate / (shape * strength))};
}

StudentT NormalGamma::predictive() const {
  return {2 * shape, location, sqrt(rate * (strength + 1) / (shape * strength))};
}

NormalGamma posterior_of_normal(const NormalGamma& prior, const Tensor& observations) {
  const Tensor x = observations_of("posterior_of_normal", observations, prior.rate.dtype());
  const double n = length_of(x);
  if (n == 0) return prior;
  const Tensor center = gradus::mean(x, {.axes = {0}});
  const Tensor squares = total(square(x - center));
  const Tensor strength = prior.strength + n;
  return {(prior.strength * prior.location + n * center) / strength, strength,
          prior.shape + 0.5 * n,
          prior.rate + 0.5 * squares +
              0.5 * n * prior.strength / strength * square(center - prior.location)};
}

Interval credible_interval(const Distribution& posterior, double level) {
  check_level("credible_interval", level);
  const double tail = (1 - level) / 2;
  const auto at = [&](double p) {
    return number_of("credible_interval", posterior.quantile(number(p)));
  };
  return {at(tail), at(1 - tail), number_of("credible_interval", posterior.mean())};
}

Interval highest_density_interval(const Tensor& draws, double level) {
  const char* const name = "highest_density_interval";
  check_sample(name, draws, 2);
  if (draws.rank() != 1) {
    throw Error(ErrorCode::shape, name,
                fmt::format("takes draws of one number (n), not {}", draws.signature()),
                {draws.shape()});
  }
  check_level(name, level);
  auto values = draws.to_vector<double>();
  std::sort(values.begin(), values.end());
  const auto n = values.size();
  const auto held = static_cast<std::size_t>(std::ceil(level * static_cast<double>(n)));
  std::size_t best = 0;
  for (std::size_t first = 0; first + held <= n; ++first) {
    if (values[first + held - 1] - values[first] < values[best + held - 1] - values[best]) {
      best = first;
    }
  }
  return {values[best], values[best + held - 1], gradus::mean(draws).item<double>()};
}

}  // namespace gradus::stats
