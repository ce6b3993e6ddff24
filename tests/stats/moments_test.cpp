#include "gradus/stats/moments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
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

TEST(Moments, OfTheWorkedExample) {
  const Tensor x = reals({1, 2, 3, 4, 5});
  const Tensor p = reals({0.1, 0.2, 0.3, 0.2, 0.2});
  EXPECT_NEAR(expectation(x, p).item<double>(), 3.2, 1e-15);
  EXPECT_NEAR(variance(x, p).item<double>(), 1.56, 1e-15);
}

// x = 2, 4, 6, 8, y = 1, 3, 2, 5: means 5 and 2.75, sums of products of deviations 20, 11, 8.75.
TEST(Covariance, OfASampleDividesByOneLess) {
  const Tensor x = reals({2, 4, 6, 8});
  const Tensor y = reals({1, 3, 2, 5});
  EXPECT_NEAR(covariance(x, y).item<double>(), 11 / 3., 1e-14);
  EXPECT_NEAR(correlation(x, y).item<double>(), 11 / std::sqrt(20 * 8.75), 1e-14);
  const Tensor both = stack({x, y}, 1);
  EXPECT_THAT(covariance(both), near({20 / 3., 11 / 3., 11 / 3., 8.75 / 3}, 1e-14));
  const double r = 11 / std::sqrt(20 * 8.75);
  EXPECT_THAT(correlation(both), near({1, r, r, 1}, 1e-14));
}

TEST(Covariance, KeepsItsDigitsWhenTheMeanIsLarge) {
  const Tensor x = reals({1e9 + 2, 1e9 + 4, 1e9 + 6, 1e9 + 8});
  EXPECT_NEAR(covariance(x, x).item<double>(), 20 / 3., 1e-6);
  EXPECT_NEAR(correlation(x, x).item<double>(), 1, 1e-14);
}

TEST(Covariance, OfAJointTable) {
  // P(x, y): x in {0, 1}, y in {0, 1, 2}. E[x] = 0.5, E[y] = 1, E[xy] = 0.2 + 2 * 0.25 = 0.7.
  const Tensor joint = reshape(reals({0.25, 0.2, 0.05, 0.05, 0.2, 0.25}), Dims{2, 3});
  const Tensor x = reals({0, 1});
  const Tensor y = reals({0, 1, 2});
  EXPECT_NEAR(covariance(x, y, joint).item<double>(), 0.2, 1e-15);
  // Variances 0.25 and 0.6.
  EXPECT_NEAR(correlation(x, y, joint).item<double>(), 0.2 / std::sqrt(0.15), 1e-14);
}

TEST(Expectation, ByDrawsHasItsErrorAndItsDerivative) {
  const Function<Tensor(const Tensor&)> f = [](const Tensor& x) { return square(x); };
  const auto estimate = expectation(f, Normal(real(1), real(2)), Key(3), 100000);
  EXPECT_NEAR(estimate.value.item<double>(), 5, 5 * estimate.standard_error.item<double>());
  // Var(x^2) = 4 m^2 s^2 + 2 s^4 = 48.
  EXPECT_NEAR(estimate.standard_error.item<double>(), std::sqrt(48 / 1e5), 1e-3);
  const ScalarFunction of = [&](const Tensors& p) {
    return expectation(f, Normal(p[0], p[1]), Key(3), 100000).value;
  };
  const Tensors slopes = grad(of)({real(1), real(2)});  // 2 m, 2 s
  EXPECT_NEAR(slopes[0].item<double>(), 2, 0.1);
  EXPECT_NEAR(slopes[1].item<double>(), 4, 0.1);
}

TEST(Moments, RefuseWhatTheyCannotAnswer) {
  EXPECT_EQ(error_of([] { covariance(reals({1}), reals({2})); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] { covariance(reals({1, 2}), reals({2, 3, 4})); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] { covariance(reals({1, 2})); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              expectation(reals({1, 2}), reals({0.5, 0.6})).eval();
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_TRUE(std::isnan(correlation(reals({1, 1, 1}), reals({1, 2, 3})).item<double>()));
}

}  // namespace
}  // namespace gradus::stats
