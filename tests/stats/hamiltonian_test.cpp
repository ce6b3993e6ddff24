#include "gradus/stats/hamiltonian.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/beta.h"
#include "gradus/stats/diagnostics.h"
#include "gradus/stats/gamma.h"
#include "gradus/stats/map_estimate.h"
#include "gradus/stats/normal.h"
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

const HamiltonianOptions kShort{.chains = 2, .warmup = 250, .draws = 500};

/// Draws of one number: (chains, draws).
Tensor coordinate(const PosteriorDraws& draws, std::int64_t index) {
  return select(draws.parameters[0], 2, index);
}

TEST(Hamiltonian, DrawsFromACorrelatedGaussian) {
  // Deviations 1 and 20, correlation 0.6: -2 log p = (x^2 - 1.2 x y + y^2) / 0.64.
  const ScalarFunction log_density = [](const Tensors& p) {
    const Tensor x = select(p[0], 0, 0);
    const Tensor y = select(p[0], 0, 1) / 20;
    return (square(x) - 1.2 * x * y + square(y)) * (-0.5 / 0.64);
  };
  const PosteriorDraws draws = sample_posterior(log_density, {reals({1, -10})}, Key(1), {}, kShort);
  ASSERT_EQ(draws.parameters[0].shape(), (Shape{2, 500, 2}));
  EXPECT_EQ(draws.pooled(0).shape(), (Shape{1000, 2}));
  EXPECT_EQ(draws.divergences, 0);
  const double deviations[] = {1, 20};
  for (const std::int64_t i : {0, 1}) {
    const Tensor x = coordinate(draws, i);
    const double deviation = deviations[i];
    EXPECT_LT(r_hat(x), 1.05);
    EXPECT_GT(effective_sample_size(x), 200);
    EXPECT_NEAR(mean(x).item<double>(), 0, 5 * monte_carlo_error(x));
    EXPECT_NEAR(std_dev(x).item<double>(), deviation, 0.15 * deviation);
  }
  const Tensor product = coordinate(draws, 0) * coordinate(draws, 1);
  EXPECT_NEAR(mean(product).item<double>(), 12, 5 * monte_carlo_error(product));
  // The average of step sizes is more careful than the last ones: above 0.8.
  for (const double rate : draws.acceptance_rates) EXPECT_GT(rate, 0.7);
}

TEST(Hamiltonian, DrawsPositiveParametersFromTheirConjugatePosterior) {
  // Poisson counts 3, 5, 2 and a Gamma(2, 1) prior: Gamma(12, 4).
  const Tensor counts = reals({3, 5, 2});
  const ScalarFunction log_density = [&](const Tensors& p) {
    return sum(Poisson(p[0]).log_prob(counts)) + Gamma(real(2), real(1)).log_prob(p[0]);
  };
  const PosteriorDraws draws =
      sample_posterior(log_density, {real(1)}, Key(2), {Domain::positive}, kShort);
  const Tensor x = draws.parameters[0];
  EXPECT_NEAR(mean(x).item<double>(), 3, 5 * monte_carlo_error(x));
  const Tensor below = cast(Gamma(real(12), real(4)).cdf(x), DType::f64);
  EXPECT_NEAR(mean(below).item<double>(), 0.5, 5 * monte_carlo_error(below));
  EXPECT_NEAR(var(below).item<double>(), 1 / 12., 0.015);  // uniform
  EXPECT_GT(min(x).item<double>(), 0);
}

TEST(Hamiltonian, DrawsProbabilitiesFromTheirDistribution) {
  const ScalarFunction log_density = [](const Tensors& p) {
    return Beta(real(2), real(0.7)).log_prob(p[0]);
  };
  const PosteriorDraws draws =
      sample_posterior(log_density, {real(0.5)}, Key(3), {Domain::probability}, kShort);
  const Tensor x = draws.parameters[0];
  EXPECT_NEAR(mean(x).item<double>(), 2 / 2.7, 5 * monte_carlo_error(x));
}

TEST(Hamiltonian, GivesTheSameDrawsForTheSameKey) {
  const ScalarFunction log_density = [](const Tensors& p) { return -0.5 * sum(square(p[0])); };
  const HamiltonianOptions options{.chains = 1, .warmup = 20, .draws = 20};
  const auto run = [&](std::uint64_t seed) {
    return values(
        sample_posterior(log_density, {reals({0.5, 1})}, Key(seed), {}, options).parameters[0]);
  };
  EXPECT_EQ(run(5), run(5));
  EXPECT_NE(run(5), run(6));
}

TEST(Hamiltonian, RefusesWhatItCannotDraw) {
  const ScalarFunction fine = [](const Tensors& p) { return -0.5 * sum(square(p[0])); };
  const auto code = [](const ScalarFunction& f, const Tensors& start,
                       const std::vector<Domain>& domains = {},
                       const HamiltonianOptions& options = kShort) {
    return error_of([&] { sample_posterior(f, start, Key(1), domains, options); }).code();
  };
  EXPECT_EQ(code(fine, {}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(fine, {real(-1)}, {Domain::positive}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(fine, {real(1)}, {Domain::real, Domain::real}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(fine, {reals({0.5, 0.5})}, {Domain::simplex}), ErrorCode::unsupported);
  EXPECT_EQ(code(fine, {real(1)}, {}, {.chains = 0}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(fine, {real(1)}, {}, {.target_acceptance = 1}), ErrorCode::invalid_argument);
  const ScalarFunction nowhere = [](const Tensors& p) { return log(sum(0 * p[0])); };
  EXPECT_EQ(code(nowhere, {real(1)}), ErrorCode::numeric);
}

TEST(MaximumAPosteriori, IsTheModeOfAConjugatePosterior) {
  // Beta(3, 5): mode 2 / 6. Normal prior N(0, 2) and observations 1, 3 of deviation 1.
  const auto share =
      maximum_a_posteriori([](const Tensors& p) { return Beta(real(3), real(5)).log_prob(p[0]); },
                           {real(0.9)}, {Domain::probability});
  EXPECT_TRUE(share.has_converged);
  EXPECT_NEAR(share.parameters[0].item<double>(), 1 / 3., 1e-6);
  const auto place = maximum_a_posteriori(
      [](const Tensors& p) {
        return Normal(real(0), real(2)).log_prob(p[0]) +
               sum(Normal(p[0], real(1)).log_prob(reals({1, 3})));
      },
      {real(10)});
  EXPECT_NEAR(place.parameters[0].item<double>(), 4 / 2.25, 1e-6);
  EXPECT_GT(place.iterations, 0);
  const auto real_parameters = maximum_a_posteriori(
      [](const Tensors& p) {
        return -1 * sum(square(p[0] - reals({1, 2}))) - square(p[1] - 3);
      },
      {reals({0, 0}), real(0)});
  EXPECT_THAT(real_parameters.parameters[0], near({1, 2}, 1e-6));
  EXPECT_NEAR(real_parameters.parameters[1].item<double>(), 3, 1e-6);
  EXPECT_NEAR(real_parameters.log_density, 0, 1e-10);
}

/// Chains of an autoregressive process x' = rho x + sqrt(1 - rho^2) z: (chains, draws).
Tensor autoregressive(double rho, std::int64_t chains, std::int64_t draws, const Key& key) {
  const auto noise = values(random_normal(key, {chains, draws}, 0, 1, DType::f64));
  std::vector<double> x = noise;
  for (std::int64_t chain = 0; chain < chains; ++chain) {
    for (std::int64_t i = 1; i < draws; ++i) {
      const auto at = static_cast<std::size_t>(chain * draws + i);
      x[at] = rho * x[at - 1] + std::sqrt(1 - rho * rho) * noise[at];
    }
  }
  return reals(x, {chains, draws});
}

TEST(Diagnostics, EffectiveSizeOfAnAutoregressiveProcessIsThatOfTheTheory) {
  for (const double rho : {0.0, 0.5, 0.9, -0.4}) {
    const Tensor x = autoregressive(rho, 4, 5000, Key(7));
    const double expected = 20000 * (1 - rho) / (1 + rho);
    // The autocorrelations that it is made of are estimates themselves.
    EXPECT_NEAR(effective_sample_size(x), expected, 0.2 * expected) << rho;
    EXPECT_NEAR(r_hat(x), 1, 0.01) << rho;
    EXPECT_NEAR(monte_carlo_error(x), 1 / std::sqrt(expected), 0.15 / std::sqrt(expected)) << rho;
  }
}

TEST(Diagnostics, ChainsThatDisagreeShow) {
  const Tensor x = autoregressive(0, 2, 1000, Key(8)) + reals({0, 3}, {2, 1});
  EXPECT_GT(r_hat(x), 1.5);
  EXPECT_LT(effective_sample_size(x), 10);
  // By hand: halves (1, 2), (3, 4), (2, 3), (5, 6) have variances 1/2 and means 1.5, 3.5, 2.5, 5.5,
  // whose variance is 8.75 / 3: the pooled one is 1/4 + 8.75 / 3.
  EXPECT_NEAR(r_hat(reals({1, 2, 3, 4, 2, 3, 5, 6}, {2, 4})), std::sqrt(0.5 + 17.5 / 3), 1e-12);
}

TEST(Diagnostics, RefuseTooFewDraws) {
  EXPECT_EQ(error_of([] { r_hat(reals({1, 2, 3}, {1, 3})); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] { effective_sample_size(reals({1, 2, 3, 4})); }).code(), ErrorCode::shape);
  EXPECT_TRUE(std::isnan(r_hat(reals({1, 1, 1, 1}, {1, 4}))));
  EXPECT_TRUE(std::isnan(effective_sample_size(reals({1, 1, 1, 1}, {1, 4}))));
}

}  // namespace
}  // namespace gradus::stats
