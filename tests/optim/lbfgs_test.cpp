#include "gradus/optim/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::optim {
namespace {

using testing::error_of;
using testing::near;
using testing::values;

Tensor wide(std::vector<double> numbers) { return Tensor::from(numbers); }

/// Rosenbrock 1960, in any even number of variables: its minimum is 0 at (1, ..., 1).
Tensor rosenbrock(const Tensor& x) {
  const Tensor pairs = reshape(x, {-1, 2});
  const Tensor a = select(pairs, 1, 0), b = select(pairs, 1, 1);
  return sum(100.0 * square(b - square(a)) + square(1.0 - a));
}

TEST(Lbfgs, GoesAlongTheValleyOfRosenbrock) {
  for (const std::size_t size : {2, 100}) {
    std::vector<double> start(size);
    for (std::size_t i = 0; i < size; ++i) start[i] = i % 2 ? 1 : -1.2;
    const Minimum found = minimize_lbfgs(rosenbrock, wide(start), {.gradient_tolerance = 1e-10});
    EXPECT_EQ(found.reason, StopReason::gradient);
    EXPECT_THAT(found.point, near(std::vector<double>(size, 1), 1e-9));
    EXPECT_LT(found.iterations, 60);
    EXPECT_LT(found.evaluations, 100);
  }
}

TEST(Lbfgs, FindsTheMinimumOfIllConditionedQuadratics) {
  // Curvatures from 1 to 1e6: the minimum of sum c (x - 1)^2 / 2.
  std::vector<double> curvatures;
  for (int i = 0; i < 30; ++i) curvatures.push_back(std::pow(10, i / 5));
  const Tensor c = wide(curvatures);
  const Minimum found =
      minimize_lbfgs([&](const Tensor& x) { return sum(c * square(x - 1.0)) * 0.5; },
                     wide(std::vector<double>(30, -3)), {.gradient_tolerance = 1e-8});
  EXPECT_EQ(found.reason, StopReason::gradient);
  EXPECT_THAT(found.point, near(std::vector<double>(30, 1), 1e-7));
}

TEST(Lbfgs, StepsBackFromWhereTheFunctionIsNotFinite) {
  // x - log(x) has its minimum at 1 and no value below 0; the first steps overshoot.
  const Minimum found = minimize_lbfgs([](const Tensor& x) { return sum(x - log(x)); },
                                       wide({0.01}), {.gradient_tolerance = 1e-9});
  EXPECT_EQ(found.reason, StopReason::gradient);
  EXPECT_NEAR(values(found.point)[0], 1, 1e-8);
}

TEST(Lbfgs, SaysWhyItStopped) {
  EXPECT_EQ(minimize_lbfgs(rosenbrock, wide({1, 1})).reason, StopReason::gradient);
  EXPECT_EQ(minimize_lbfgs(rosenbrock, wide({1, 1})).iterations, 0);
  EXPECT_EQ(minimize_lbfgs(rosenbrock, wide({-1.2, 1}), {.max_iterations = 3}).reason,
            StopReason::iterations);
  EXPECT_EQ(minimize_lbfgs(rosenbrock, wide({-1.2, 1}), {.decrease_tolerance = 0.5}).reason,
            StopReason::decrease);
  // 1 + 1e-20 x^2 is flat to rounding.
  EXPECT_EQ(minimize_lbfgs([](const Tensor& x) { return sum(square(x)) * 1e-20 + 1.0; }, wide({5}),
                           {.gradient_tolerance = 0})
                .reason,
            StopReason::line_search);
}

TEST(Lbfgs, TakesF32AndAGradientOfOnesOwn) {
  const Minimum found = minimize_lbfgs(
      [](const Tensor& x) {
        return ValueAndGradient{sum(square(x - 2.0)).item<double>(), (x - 2.0) * 2.0};
      },
      Tensor{7, -7});
  EXPECT_EQ(found.point.dtype(), DType::f32);
  EXPECT_THAT(found.point, near({2, 2}, 1e-6));
}

TEST(Lbfgs, RefusesAStartWithoutAValue) {
  EXPECT_STREQ(error_of([] {
                 minimize_lbfgs([](const Tensor& x) { return sum(log(x)); }, wide({0}));
               }).what(),
               "minimize_lbfgs: the function or its gradient is not finite at the start");
  EXPECT_EQ(error_of([] { minimize_lbfgs(rosenbrock, Tensor()); }).code(), ErrorCode::dtype);
  EXPECT_EQ(error_of([] {
              minimize_lbfgs(rosenbrock, wide({1, 1}), {.memory = 0});
            }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::optim
