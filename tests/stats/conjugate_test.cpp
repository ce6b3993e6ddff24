#include "gradus/stats/conjugate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/bernoulli.h"
#include "gradus/stats/exponential.h"
#include "gradus/stats/poisson.h"
#include "reals.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::stats {
namespace {

using testing::error_of;
using testing::near;
using testing::real;
using testing::reals;
using testing::values;

/// Prior density times likelihood, over `grid`, divided by its sum times `step`: the posterior
/// density by Bayes' rule alone.
std::vector<double> posterior_on(const Tensor& log_product, double step) {
  const Tensor density = exp(log_product - max(log_product));
  return values(density / (sum(density) * step));
}

TEST(Conjugate, PosteriorsAreBayesRule) {
  const double step = 1e-4;
  const Tensor share = (arange(0, 1e4, 1, DType::f64) + 0.5) * step;
  const Beta beta_prior(real(2), real(3));
  const Tensor coins = reals({1, 0, 1, 1});
  const Tensor coins_log = beta_prior.log_prob(share) + 3 * log(share) + log(1 - share);
  EXPECT_THAT(posterior_of_bernoulli(beta_prior, coins).prob(share),
              near(posterior_on(coins_log, step), 1e-5));

  const double wide = 2e-3;
  const Tensor rate = (arange(0, 1e4, 1, DType::f64) + 0.5) * wide;
  const Gamma gamma_prior(real(2), real(1.5));
  const Tensor poisson_log = gamma_prior.log_prob(rate) + 7 * log(rate) - 3 * rate;
  EXPECT_THAT(posterior_of_poisson(gamma_prior, reals({2, 4, 1})).prob(rate),
              near(posterior_on(poisson_log, wide), 1e-5));
  const Tensor times_log = gamma_prior.log_prob(rate) + 2 * log(rate) - 1.7 * rate;
  EXPECT_THAT(posterior_of_exponential(gamma_prior, reals({0.5, 1.2})).prob(rate),
              near(posterior_on(times_log, wide), 1e-5));

  const Tensor place = (arange(0, 1e4, 1, DType::f64) - 5e3) * wide;
  const Normal normal_prior(real(1), real(2));
  const Tensor normal_log = normal_prior.log_prob(place) +
                            Normal(place, real(0.5)).log_prob(real(2)) +
                            Normal(place, real(0.5)).log_prob(real(3));
  EXPECT_THAT(posterior_of_normal_mean(normal_prior, reals({2, 3}), real(0.5)).prob(place),
              near(posterior_on(normal_log, wide), 1e-5));
}

// Gelman et al. 2013, "Bayesian data analysis", section 2.4: 437 girls of 980 births, a uniform
// prior: posterior mean 0.446, deviation 0.016, 95 % interval [0.415, 0.477].
TEST(Conjugate, PosteriorOfThePlacentaPreviaBirths) {
  const Beta posterior = posterior_of_binomial(Beta(real(1), real(1)), reals({437}), 980);
  EXPECT_NEAR(posterior.mean().item<double>(), 0.446, 5e-4);
  EXPECT_NEAR(posterior.deviation().item<double>(), 0.016, 5e-4);
  const Interval interval = credible_interval(posterior);
  EXPECT_NEAR(interval.low, 0.415, 5e-4);
  EXPECT_NEAR(interval.high, 0.477, 5e-4);
}

TEST(Conjugate, UpdatesInStepsAreOneUpdate) {
  const NormalGamma prior{real(1), real(2), real(3), real(4)};
  const NormalGamma at_once = posterior_of_normal(prior, reals({1.2, 3.4, 0.7, 2.2}));
  const NormalGamma in_steps =
      posterior_of_normal(posterior_of_normal(prior, reals({1.2, 3.4, 0.7})), reals({2.2}));
  EXPECT_NEAR(at_once.location.item<double>(), in_steps.location.item<double>(), 1e-14);
  EXPECT_NEAR(at_once.rate.item<double>(), in_steps.rate.item<double>(), 1e-14);
  EXPECT_NEAR(at_once.shape.item<double>(), 5, 0);
  EXPECT_NEAR(at_once.strength.item<double>(), 6, 0);
  const NormalGamma unchanged = posterior_of_normal(prior, reals({}));
  EXPECT_EQ(unchanged.rate.item<double>(), 4);
}

TEST(Conjugate, PredictiveDistributionsAverageOverThePosterior) {
  // Averages of the likelihood over draws from the posterior, against the closed form.
  constexpr std::int64_t kDraws = 200000;
  const Gamma rates(real(3), real(2));
  const Tensor rate = rates.sample(Key(1), {kDraws});
  for (const double k : {0., 1., 4.}) {
    const Tensor p = Poisson(rate).prob(real(k));
    const double error = std_dev(p).item<double>() / std::sqrt(static_cast<double>(kDraws));
    EXPECT_NEAR(predictive_of_poisson(rates).prob(real(k)).item<double>(), mean(p).item<double>(),
                5 * error);
    const Tensor density = Exponential(rate).prob(real(k + 0.1));
    EXPECT_NEAR(predictive_of_exponential(rates).prob(real(k + 0.1)).item<double>(),
                mean(density).item<double>(),
                5 * std_dev(density).item<double>() / std::sqrt(static_cast<double>(kDraws)));
  }
  const NormalGamma both{real(1), real(2), real(3), real(4)};
  const Tensor precision = both.precision().sample(Key(2), {kDraws});
  const Tensor place = Normal(real(1), rsqrt(2 * precision)).sample(Key(3), {});
  for (const double x : {-1., 0.5, 3.}) {
    const Tensor p = Normal(place, rsqrt(precision)).prob(real(x));
    EXPECT_NEAR(both.predictive().prob(real(x)).item<double>(), mean(p).item<double>(),
                5 * std_dev(p).item<double>() / std::sqrt(static_cast<double>(kDraws)));
  }
  const Beta share(real(2), real(5));
  EXPECT_NEAR(predictive_of_binomial(share, 1).prob(real(1)).item<double>(), 2 / 7., 1e-14);
  const Normal known = predictive_of_normal_mean(Normal(real(1), real(3)), real(4));
  EXPECT_NEAR(known.scale.item<double>(), 5, 1e-14);
}

TEST(Conjugate, DirichletCountsClasses) {
  const Dirichlet prior(reals({1, 1, 1}));
  const Dirichlet after =
      posterior_of_categorical(prior, Tensor::from(std::vector<std::int64_t>{0, 2, 2, 1, 2}));
  EXPECT_THAT(after.concentration, near({2, 2, 4}, 0));
  EXPECT_THAT(posterior_of_multinomial(prior, reals({1, 1, 0, 0, 0, 3}, {2, 3})).concentration,
              near({2, 2, 4}, 0));
  EXPECT_THAT(predictive_of_categorical(after).probabilities(), near({0.25, 0.25, 0.5}, 1e-15));
}

TEST(Conjugate, PosteriorNarrowsAsDataArrive) {
  double before = 1;
  for (const std::int64_t n : {10, 100, 1000}) {
    const Tensor sample = Bernoulli(real(0.3)).sample(Key(4), {n});
    const Interval interval =
        credible_interval(posterior_of_bernoulli(Beta(real(1), real(1)), sample), 0.9);
    EXPECT_LT(interval.high - interval.low, before / 2);
    before = interval.high - interval.low;
  }
}

TEST(Conjugate, HighestDensityIntervalIsTheShortest) {
  // Of the exponential distribution it begins at 0: [0, log 10] at 90 %.
  const Interval interval =
      highest_density_interval(Exponential(real(1)).sample(Key(5), {100000}), 0.9);
  EXPECT_NEAR(interval.low, 0, 0.01);
  EXPECT_NEAR(interval.high, std::log(10.0), 0.05);
}

TEST(Conjugate, HighestDensityIntervalIsOfDrawsOfOneNumber) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 2}, Shape{3, 0, 2}}) {
    EXPECT_EQ(error_of([&] { highest_density_interval(ones(shape)); }).code(), ErrorCode::shape);
  }
}

TEST(Conjugate, RefusesObservationsThatThePriorIsNotFor) {
  const Beta prior(real(1), real(1));
  EXPECT_EQ(error_of([&] {
              posterior_of_bernoulli(prior, reals({0, 2})).mean().eval();
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { posterior_of_bernoulli(prior, real(1)); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([&] {
              posterior_of_poisson(Gamma(real(1), real(1)), reals({1.5})).mean().eval();
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] {
              posterior_of_exponential(Gamma(real(1), real(1)), reals({-1})).mean().eval();
            }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::stats
