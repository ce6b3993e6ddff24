#include "gradus/stats/multivariate_normal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/stats/maximum_likelihood.h"
#include "gradus/stats/mixture.h"
#include "gradus/stats/moments.h"
#include "gradus/stats/normal.h"
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

Tensor covariance_of_three() { return reals({2, 0.6, 0.3, 0.6, 1, -0.2, 0.3, -0.2, 0.5}, {3, 3}); }
MultivariateNormal of_three() { return {reals({1, -0.5, 2}), covariance_of_three()}; }

// SciPy 1.17.1: multivariate_normal(mean, covariance).logpdf([0.5, 0, 1.5]), .entropy(); the
// divergence by NumPy 2.4.6 from its closed form with inverses and determinants.
TEST(MultivariateNormal, HasTheValuesOfSciPy) {
  const MultivariateNormal d = of_three();
  EXPECT_NEAR(d.log_prob(reals({0.5, 0, 1.5})).item<double>(), -2.856859842556024, 1e-13);
  EXPECT_NEAR(d.entropy().item<double>(), 3.982724894459139, 1e-13);
  EXPECT_THAT(d.mean(), near({1, -0.5, 2}, 0));
  EXPECT_THAT(d.variance(), near({2, 1, 0.5}, 1e-14));
  EXPECT_THAT(d.covariance(), near(values(covariance_of_three()), 1e-14));
  const MultivariateNormal other(reals({0, 0, 1}), reals({1, 0, 0, 0, 2, 0, 0, 0, 3}, {3, 3}));
  EXPECT_NEAR(kl_divergence(d, other).item<double>(), 1.7324704397689072, 1e-13);
  EXPECT_NEAR(kl_divergence(d, d).item<double>(), 0, 1e-13);
}

TEST(MultivariateNormal, OfIndependentNumbersIsTheirProduct) {
  const MultivariateNormal d(reals({1, 2}), reals({4, 0, 0, 9}, {2, 2}));
  const Tensor x = reals({0.3, -1});
  const double product = sum(Normal(reals({1, 2}), reals({2, 3})).log_prob(x)).item<double>();
  EXPECT_NEAR(d.log_prob(x).item<double>(), product, 1e-14);
}

TEST(MultivariateNormal, DrawsHaveItsCovariance) {
  const Tensor x = of_three().sample(Key(1), {50000});
  EXPECT_EQ(x.shape(), (Shape{50000, 3}));
  EXPECT_THAT(mean(x, {.axes = {0}}), near({1, -0.5, 2}, 0.03));
  EXPECT_THAT(covariance(x), near(values(covariance_of_three()), 0.05));
}

TEST(MultivariateNormal, TakesBatchesAndItsScale) {
  const Tensor scale = reals({2, 0, 1, 3}, {2, 2});
  const MultivariateNormal d =
      MultivariateNormal::from_scale(reals({0, 0, 1, 1, 2, 2}, {3, 2}), scale);
  EXPECT_EQ(d.batch_shape(), Shape{3});
  EXPECT_EQ(d.event_shape(), Shape{2});
  EXPECT_EQ(d.log_prob(reals({0.5, 1})).shape(), Shape{3});
  EXPECT_EQ(d.sample(Key(1), {4}).shape(), (Shape{4, 3, 2}));
  EXPECT_THAT(d.covariance(), near({4, 2, 2, 10}, 1e-14));
  EXPECT_EQ(d.entropy().shape(), Shape{3});
  const Mixture both(reals({0.2, 0.3, 0.5}), d);
  EXPECT_EQ(both.sample(Key(2), {5}).shape(), (Shape{5, 2}));
  EXPECT_THAT(both.mean(), near({1.3, 1.3}, 1e-14));
}

TEST(MultivariateNormal, IsDifferentiableInItsParameters) {
  // d log p / d mean = covariance^-1 (x - mean); with a diagonal covariance by hand.
  const ScalarFunction f = [](const Tensors& p) {
    return MultivariateNormal(p[0], p[1]).log_prob(reals({3, 1}));
  };
  const Tensors slopes = grad(f)({reals({1, 2}), reals({4, 0, 0, 2}, {2, 2})});
  EXPECT_THAT(slopes[0], near({0.5, -0.5}, 1e-14));
  // d / d covariance = (g g^T - covariance^-1) / 2, g = covariance^-1 (x - mean).
  EXPECT_THAT(slopes[1], near({(0.25 - 0.25) / 2, -0.125, -0.125, (0.25 - 0.5) / 2}, 1e-14));
}

TEST(MultivariateNormal, MaximumLikelihoodIsMeanAndCovariance) {
  const Tensor sample = of_three().sample(Key(3), {300}).eval();
  const LikelihoodFit closed = maximum_likelihood(multivariate_normal_family(), sample);
  EXPECT_EQ(closed.free_parameters, 9);
  const auto& fitted = dynamic_cast<const MultivariateNormal&>(*closed.distribution);
  EXPECT_THAT(fitted.mean(), near(values(mean(sample, {.axes = {0}})), 1e-13));
  EXPECT_THAT(fitted.covariance(), near(values(covariance(sample) * (299. / 300)), 1e-13));
  const LikelihoodFit found = maximum_likelihood(multivariate_normal_family(), sample,
                                                 {.method = LikelihoodMethod::gradient});
  EXPECT_TRUE(found.has_converged);
  EXPECT_NEAR(found.log_likelihood, closed.log_likelihood, 1e-8);
  EXPECT_THAT(found.parameters[1], near(values(closed.parameters[1]), 1e-6));
}

TEST(MultivariateNormal, RefusesWhatIsNoCovariance) {
  EXPECT_EQ(error_of([] {
              MultivariateNormal(reals({1, 2}), eye(3, 3));
            }).code(),
            ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              MultivariateNormal(reals({1, 2}), reals({1, 2}));
            }).code(),
            ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              MultivariateNormal(reals({1, 2}), reals({1, 2, 2, 1}, {2, 2})).entropy().eval();
            }).code(),
            ErrorCode::numeric);
  EXPECT_EQ(error_of([] {
              MultivariateNormal::from_scale(reals({1, 2}), reals({1, 0, 2, -1}, {2, 2}))
                  .entropy()
                  .eval();
            }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::stats
