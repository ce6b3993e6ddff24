#include "gradus/autodiff/finite_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus {
namespace {

using testing::error_of;
using testing::near;

const UnaryFunction kSine = [](const Tensor& x) { return sin(x); };

double error_at(Difference method, double step) {
  const Tensor x = Tensor::scalar(1, DType::f64);
  return std::abs(
      numerical_derivative(kSine, x, {.method = method, .step = step}).value.item<double>() -
      std::cos(1.0));
}

TEST(NumericalDerivative, HasTheOrderOfItsMethod) {
  // Halving the step halves the error of forward differences and quarters that of central ones.
  EXPECT_NEAR(error_at(Difference::forward, 1e-3) / error_at(Difference::forward, 5e-4), 2, 0.01);
  EXPECT_NEAR(error_at(Difference::central, 1e-2) / error_at(Difference::central, 5e-3), 4, 0.01);
}

TEST(NumericalDerivative, OfEachMethodIsAsExactAsItsTheory) {
  // With the best step, about the square root, the 2/3 power and nearly all of the resolution.
  EXPECT_LT(error_at(Difference::forward, 0), 3e-8);
  EXPECT_LT(error_at(Difference::central, 0), 1e-10);
  EXPECT_LT(error_at(Difference::richardson, 0), 1e-12);
}

TEST(NumericalDerivative, OfRichardsonEstimatesItsError) {
  for (const double x : {0.3, 1.0, 2.5, 10.0}) {
    const auto found =
        numerical_derivative([](const Tensor& v) { return exp(sin(v)); },
                             Tensor::scalar(x, DType::f64), {.method = Difference::richardson});
    const double error = std::abs(found.value.item<double>() - std::cos(x) * std::exp(std::sin(x)));
    EXPECT_LE(error, 10 * found.error.item<double>() + 1e-14) << x;
    EXPECT_LT(found.error.item<double>(), 1e-9);
  }
}

TEST(NumericalDerivative, OfAMapIsItsJacobian) {
  const Tensor a = Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, Shape{2, 3});
  const Tensor x = Tensor::from(std::vector<double>{1, 2, 3});
  for (const Difference method :
       {Difference::forward, Difference::central, Difference::richardson}) {
    const auto found = numerical_derivative([&](const Tensor& v) { return matmul(a, v * v); }, x,
                                            {.method = method});
    EXPECT_EQ(found.value.shape(), (Shape{2, 3}));
    EXPECT_THAT(found.value, near({2, 8, 18, 8, 20, 36}, 1e-6));
    EXPECT_EQ(found.error.defined(), method == Difference::richardson);
  }
}

TEST(NumericalDerivative, InSinglePrecisionDividesByTheStepThatWasMade) {
  // Of a line it is exact up to rounding, whatever x + h is rounded to.
  const auto found =
      numerical_derivative([](const Tensor& x) { return x * 3.0; }, Tensor{1.0f, 1000.0f});
  EXPECT_EQ(found.value.shape(), (Shape{2, 2}));
  EXPECT_THAT(found.value, near({3, 0, 0, 3}, 1e-3));
}

TEST(NumericalDerivative, OfRichardsonLeavesOutStepsThatLeadOutOfTheDomain) {
  const auto found =
      numerical_derivative([](const Tensor& x) { return log(x); }, Tensor::scalar(0.04, DType::f64),
                           {.method = Difference::richardson});
  EXPECT_NEAR(found.value.item<double>(), 25, 1e-3);
}

TEST(NumericalDerivative, OfNothingIsEmpty) {
  const auto sine = numerical_derivative(kSine, zeros({0}, DType::f64));
  EXPECT_EQ(sine.value.shape(), (Shape{0, 0}));
}

TEST(NumericalDerivative, RefusesIntegersAndBadSteps) {
  EXPECT_EQ(error_of([] { numerical_derivative(kSine, Tensor::from(std::vector<int>{1})); }).code(),
            ErrorCode::dtype);
  EXPECT_EQ(error_of([] { numerical_derivative(kSine, Tensor{1.0f}, {.step = -1}); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { numerical_derivative(kSine, Tensor()); }).code(), ErrorCode::dtype);
}

}  // namespace
}  // namespace gradus
