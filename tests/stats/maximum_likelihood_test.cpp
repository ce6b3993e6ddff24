#include "gradus/stats/maximum_likelihood.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/beta.h"
#include "gradus/stats/binomial.h"
#include "gradus/stats/categorical.h"
#include "gradus/stats/dirichlet.h"
#include "gradus/stats/gamma.h"
#include "gradus/stats/geometric.h"
#include "gradus/stats/laplace.h"
#include "gradus/stats/mixture.h"
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

const LikelihoodOptions kByGradient{.method = LikelihoodMethod::gradient};

Tensor ten_times() { return reals({0.9, 2.3, 1.1, 4.7, 3.3, 0.4, 2.8, 1.9, 5.6, 2.2}); }

void expect_parameters(const LikelihoodFit& fit, const std::vector<double>& expected,
                       double relative) {
  EXPECT_TRUE(fit.has_converged);
  std::vector<double> found;
  for (const Tensor& parameter : fit.parameters) {
    for (const double value : values(parameter)) found.push_back(value);
  }
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], relative * std::fabs(expected[i]) + 1e-9) << i;
  }
}

// SciPy 1.17.1: stats.norm.fit, stats.gamma.fit(floc=0), and scipy.optimize.minimize of the
// negative log-likelihood for the others; its parameters have about seven digits.
TEST(MaximumLikelihood, OfTheNormalDistributionIsThatOfSciPy) {
  const LikelihoodFit fit = maximum_likelihood(normal_family(), ten_times());
  expect_parameters(fit, {2.52, 1.5683111936092275}, 1e-14);
  EXPECT_NEAR(fit.log_likelihood, -18.68937900753261, 1e-12);
  EXPECT_NEAR(fit.aic, 41.37875801506522, 1e-11);
  EXPECT_NEAR(fit.bic, 41.98392820105332, 1e-11);
  EXPECT_EQ(fit.free_parameters, 2);
  EXPECT_EQ(fit.names, (std::vector<std::string>{"mean", "deviation"}));
}

TEST(MaximumLikelihood, ByGradientFindsWhatSciPyFinds) {
  const LikelihoodFit gamma = maximum_likelihood(gamma_family(), ten_times());
  expect_parameters(gamma, {2.2254809419533568, 0.8831273579179988}, 1e-6);
  EXPECT_NEAR(gamma.log_likelihood, -17.759830091790647, 1e-9);
  const Tensor shares = reals({0.12, 0.35, 0.48, 0.22, 0.61, 0.3, 0.44, 0.27, 0.53, 0.18});
  const LikelihoodFit beta = maximum_likelihood(beta_family(), shares);
  expect_parameters(beta, {3.2051637768107617, 5.964412089176214}, 1e-6);
  EXPECT_NEAR(beta.log_likelihood, 5.0737114363879, 1e-9);
  const Tensor heavy =
      reals({-0.3, 0.8, 0.1, -0.5, 9.2, 0.4, 1.1, -1.6, 0.2, 0.6, -7.5, 0.9, 0.3, -0.2});
  const LikelihoodFit t = maximum_likelihood(student_t_family(), heavy);
  expect_parameters(t, {0.9341145384707731, 0.2774806980443872, 0.48880667215194645}, 1e-5);
  EXPECT_NEAR(t.log_likelihood, -26.543604092049968, 1e-8);
  const Tensor simplex = reals(
      {0.2, 0.3, 0.5, 0.25, 0.35, 0.4, 0.1, 0.4, 0.5, 0.3, 0.3, 0.4, 0.15, 0.25, 0.6}, {5, 3});
  const LikelihoodFit dirichlet = maximum_likelihood(dirichlet_family(), simplex);
  expect_parameters(dirichlet, {8.407408625419967, 13.910590499814697, 20.63186022506083}, 1e-5);
  EXPECT_NEAR(dirichlet.log_likelihood, 13.591603550000556, 1e-8);
}

TEST(MaximumLikelihood, ByGradientAgreesWithTheClosedForms) {
  struct Case {
    Family family;
    Tensor sample;
  };
  const Case cases[] = {
      {normal_family(), ten_times()},
      {exponential_family(), ten_times()},
      {bernoulli_family(), reals({1, 0, 0, 1, 1, 0, 1, 1})},
      {binomial_family(6), reals({1, 4, 2, 2, 5})},
      {poisson_family(), reals({3, 0, 2, 5, 1, 2})},
      {geometric_family(), reals({1, 4, 2, 1, 7})},
      {categorical_family(3), reals({0, 2, 2, 1, 2, 0})},
      {multinomial_family(4), reals({1, 1, 2, 0, 2, 2, 1, 0, 3}, {3, 3})},
  };
  for (const auto& [family, sample] : cases) {
    SCOPED_TRACE(family.name);
    const LikelihoodFit closed = maximum_likelihood(family, sample);
    const LikelihoodFit found = maximum_likelihood(family, sample, kByGradient);
    EXPECT_TRUE(found.has_converged);
    EXPECT_GT(found.iterations, 0);
    EXPECT_NEAR(found.log_likelihood, closed.log_likelihood, 1e-9);
    for (std::size_t i = 0; i < closed.parameters.size(); ++i) {
      EXPECT_THAT(found.parameters[i], near(values(closed.parameters[i]), 1e-6));
    }
  }
}

TEST(MaximumLikelihood, HasItsClosedForms) {
  expect_parameters(maximum_likelihood(uniform_family(), ten_times()), {0.4, 5.6}, 1e-15);
  // The median 2.25, and the mean distance from it: 12.2 / 10.
  expect_parameters(maximum_likelihood(laplace_family(), ten_times()), {2.25, 1.22}, 1e-14);
  expect_parameters(maximum_likelihood(geometric_family(), reals({1, 4, 2, 1, 7})), {1 / 3.},
                    1e-14);
  const auto classes = maximum_likelihood(categorical_family(4), reals({0, 2, 2, 1}));
  expect_parameters(classes, {0.25, 0.25, 0.5, 0}, 1e-14);
  EXPECT_EQ(classes.free_parameters, 3);
}

TEST(MaximumLikelihood, RecoversTheDistributionOfALargeSample) {
  const Mixture truth(reals({0.3, 0.7}), Normal(reals({-2, 2}), reals({0.5, 1})));
  const Tensor sample = truth.sample(Key(1), {4000});
  const LikelihoodFit fit = maximum_likelihood(normal_mixture_family(2), sample);
  EXPECT_TRUE(fit.has_converged);
  EXPECT_THAT(fit.parameters[0], near({0.3, 0.7}, 0.03));
  EXPECT_THAT(fit.parameters[1], near({-2, 2}, 0.1));
  EXPECT_THAT(fit.parameters[2], near({0.5, 1}, 0.1));
  EXPECT_EQ(fit.free_parameters, 5);
  EXPECT_GE(fit.log_likelihood, sum(truth.log_prob(sample)).item<double>());
  // Two components are worth their parameters, and one is not enough.
  EXPECT_LT(fit.bic, maximum_likelihood(normal_family(), sample).bic);
}

TEST(MaximumLikelihood, RefusesWhatHasNoMaximum) {
  EXPECT_EQ(error_of([] { maximum_likelihood(normal_family(), reals({})); }).code(),
            ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              maximum_likelihood(normal_family(), reals({1, NAN}));
            }).code(),
            ErrorCode::invalid_argument);
  // A deviation of 0 is none.
  EXPECT_EQ(error_of([] {
              maximum_likelihood(normal_family(), reals({2, 2, 2}));
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              maximum_likelihood(exponential_family(), reals({2, -1}));
            }).code(),
            ErrorCode::numeric);
  EXPECT_EQ(error_of([] {
              maximum_likelihood(gamma_family(), reals({2, -1, 1}));
            }).code(),
            ErrorCode::numeric);
  EXPECT_EQ(error_of([] {
              maximum_likelihood(gamma_family(), ten_times(),
                                 {.method = LikelihoodMethod::closed_form});
            }).code(),
            ErrorCode::unsupported);
}

TEST(MaximumLikelihood, TakesAFamilyOfTheUsersOwn) {
  // Normal of mean m and deviation m: m^2 + m mean(x) - mean(x^2) = 0.
  const Family own{
      .name = "Proportional",
      .parameters = {{"m", Domain::positive}},
      .make =
          [](const Tensors& p) { return Shared<const Distribution>(share<Normal>(p[0], p[0])); },
      .start = [](const Tensor&) { return Tensors{real(1)}; }};
  const LikelihoodFit fit = maximum_likelihood(own, ten_times());
  const double first = 2.52;
  const double second = mean(square(ten_times())).item<double>();
  expect_parameters(fit, {(-first + std::sqrt(first * first + 4 * second)) / 2}, 1e-7);
}

}  // namespace
}  // namespace gradus::stats
