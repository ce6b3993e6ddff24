#include "gradus/autodiff/check_gradients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"
#include "tests/support/error_of.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Tensors network_inputs(DType type) {
  return {random_normal(Key(1), {4, 3}, 0, 1, type), random_normal(Key(2), {5, 3}, 0, 1, type),
          random_normal(Key(3), {5}, 0, 1, type)};
}

const ScalarFunction kNetwork = [](const Tensors& v) {
  return sum(square(log_softmax(tanh(linear(v[0], v[1], v[2])))));
};

TEST(CheckGradients, PassesARightGradientInBothPrecisions) {
  for (const DType type : {DType::f64, DType::f32}) {
    const GradientCheck check = check_gradients(kNetwork, network_inputs(type));
    EXPECT_TRUE(check.passed()) << check.report();
    EXPECT_EQ(check.checked, 12 + 15 + 5);
    EXPECT_THAT(check.report(), StartsWith("all 32 elements agree; the largest error is at"));
  }
}

TEST(CheckGradients, NamesTheElementWhoseGradientIsWrong) {
  // y + stop_gradient(x^2 - y) has the value of x^2 and the gradient of y: wrong at [1, 2].
  const Tensor mask = Tensor::from(std::vector<double>{1, 1, 1, 1, 1, 0.5}, Shape{2, 3});
  const UnaryFunction f = [&](const Tensor& x) {
    const Tensor y = sum(x * x * mask);
    return y + stop_gradient(sum(x * x) - y);
  };
  const Tensor x = Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, Shape{2, 3});
  const GradientCheck check = check_gradients(f, x);
  EXPECT_FALSE(check.passed());
  ASSERT_EQ(check.failures.size(), 1u);
  EXPECT_EQ(check.failures[0].input, 0);
  EXPECT_THAT(check.failures[0].index, ElementsAre(1, 2));
  EXPECT_NEAR(check.failures[0].analytic, 6, 1e-12);
  EXPECT_NEAR(check.failures[0].numeric, 12, 1e-6);
  EXPECT_NEAR(check.failures[0].error(), 6, 1e-6);
  EXPECT_THAT(check.report(), HasSubstr("1 of 6 elements differ\n  element [1, 2] of input 0: "
                                        "analytic 6, numeric 12"));
}

TEST(CheckGradients, ListsTheWorstFirst) {
  const UnaryFunction f = [](const Tensor& x) {
    const Tensor y = sum(x);
    return y + stop_gradient(sum(x * x) - y);  // says 1 where 2 x is right
  };
  const GradientCheck check = check_gradients(f, Tensor::from(std::vector<double>{1, 9, -4, 0.5}));
  ASSERT_EQ(check.failures.size(), 3u);  // 0.5 is right by chance
  EXPECT_THAT(check.failures[0].index, ElementsAre(1));
  EXPECT_THAT(check.failures[1].index, ElementsAre(2));
  EXPECT_THAT(check.failures[2].index, ElementsAre(0));
}

TEST(CheckGradients, LooksAtSomeElementsOfLargeInputs) {
  const UnaryFunction f = [](const Tensor& x) { return sum(x * x); };
  const GradientCheck check =
      check_gradients(f, ones({5000}, DType::f64), {.elements_per_input = 10});
  EXPECT_EQ(check.checked, 10);
  EXPECT_TRUE(check.passed());
  EXPECT_EQ(check_gradients(f, ones({0}, DType::f64)).report(), "there are no elements to check");
}

TEST(CheckGradients, FailsWhatIsNotANumber) {
  const UnaryFunction f = [](const Tensor& x) { return sum(sqrt(x)); };
  EXPECT_FALSE(check_gradients(f, Tensor::from(std::vector<double>{1, -1})).passed());
}

TEST(CheckGradients, RefusesWhatHasNoGradient) {
  const UnaryFunction f = [](const Tensor& x) { return x; };
  EXPECT_EQ(error_of([&] { check_gradients(f, Tensor{1, 2}); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([&] { check_gradients(f, Tensor{1.0f}, {.elements_per_input = 0}); }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus
