#include "gradus/stats/bias_variance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "reals.h"
#include "tests/support/error_of.h"

namespace gradus::stats {
namespace {

using testing::error_of;
using testing::reals;

/// The mean of the targets, whatever the input.
Tensor constant_learner(const Tensor&, const Tensor& targets, const Tensor& at) {
  return mean(targets) + 0 * at;
}

/// y = x + noise of deviation 0.5 at 20 fixed points of [0, 1].
TrainingSet line_with_noise(const Key& key) {
  const Tensor x = linspace(0, 1, 20, DType::f64);
  return {x, x + random_normal(key, {20}, 0, 0.5, DType::f64)};
}

TEST(BiasVariance, OfAConstantIsThatOfTheTheory) {
  const Tensor at = reals({0, 0.5, 1});
  const auto parts = bias_variance(constant_learner, line_with_noise, at, at, 0.25, Key(1), 4000);
  // The mean of the targets is 1/2 up to noise of variance 0.25 / 20.
  EXPECT_NEAR(parts.squared_bias, (0.25 + 0 + 0.25) / 3, 0.005);
  EXPECT_NEAR(parts.variance, 0.0125, 0.001);
  EXPECT_EQ(parts.noise, 0.25);
  EXPECT_NEAR(parts.error, parts.squared_bias + parts.variance + parts.noise, 1e-12);
  EXPECT_EQ(parts.mean_prediction.shape(), Shape{3});
}

TEST(BiasVariance, ByTheBootstrapAddsUpToo) {
  const TrainingSet train = line_with_noise(Key(2));
  const TrainingSet test = line_with_noise(Key(3));
  const auto parts = bias_variance_by_bootstrap(constant_learner, train.inputs, train.targets,
                                                test.inputs, test.targets, Key(4), 500);
  // The variance of a mean over draws from the targets: their variance (n) over n.
  const double expected = var(train.targets, {.correction = 0}).item<double>() / 20;
  EXPECT_NEAR(parts.variance, expected, 0.2 * expected);
  EXPECT_NEAR(parts.error, parts.squared_bias + parts.variance, 1e-12);
}

TEST(BiasVariance, RefusesLearnersThatDoNotFit) {
  const Tensor at = reals({0, 1});
  const Learner wrong = [](const Tensor&, const Tensor&, const Tensor&) { return reals({1}); };
  EXPECT_EQ(error_of([&] { bias_variance(wrong, line_with_noise, at, at, 0, Key(1)); }).code(),
            ErrorCode::shape);
  EXPECT_EQ(error_of([&] {
              bias_variance(constant_learner, line_with_noise, at, at, -1, Key(1));
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(
      error_of([&] {
        bias_variance_by_bootstrap(constant_learner, reals({1, 2}), reals({1}), at, at, Key(1));
      }).code(),
      ErrorCode::shape);
}

}  // namespace
}  // namespace gradus::stats
