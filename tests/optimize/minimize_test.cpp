#include "gradus/optimize/minimize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::optimize {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::message_of;
using testing::near;
using ::testing::StartsWith;

constexpr Method kMethods[] = {
    Method::gradient_descent, Method::conjugate_gradient, Method::bfgs, Method::lbfgs,
    Method::newton,           Method::newton_cg};

Tensor doubles(const std::vector<double>& values) { return Tensor::from(values); }

// The test functions of More, Garbow and Hillstrom 1981, "Testing unconstrained optimization
// software", with their starts and minima.
struct Problem {
  const char* name;
  UnaryFunction f;
  std::vector<double> start;
  std::vector<double> minimum;
  double value;
};

std::vector<Problem> problems() {
  const auto x = [](const Tensor& v, int i) { return select(v, 0, i); };
  std::vector<Problem> all;
  all.push_back({"Rosenbrock",
                 [x](const Tensor& v) {
                   return square(x(v, 1) - square(x(v, 0))) * 100.0 + square(1.0 - x(v, 0));
                 },
                 {-1.2, 1},
                 {1, 1},
                 0});
  all.push_back({"Beale",
                 [x](const Tensor& v) {
                   const Tensor a = x(v, 0), b = x(v, 1);
                   return square(1.5 - a * (1.0 - b)) + square(2.25 - a * (1.0 - b * b)) +
                          square(2.625 - a * (1.0 - b * b * b));
                 },
                 {1, 1},
                 {3, 0.5},
                 0});
  all.push_back({"Wood",
                 [x](const Tensor& v) {
                   const Tensor a = x(v, 0), b = x(v, 1), c = x(v, 2), d = x(v, 3);
                   return square(b - a * a) * 100.0 + square(1.0 - a) + square(d - c * c) * 90.0 +
                          square(1.0 - c) + square(b + d - 2.0) * 10.0 + square(b - d) * 0.1;
                 },
                 {-3, -1, -3, -1},
                 {1, 1, 1, 1},
                 0});
  all.push_back({"Freudenstein and Roth, at its local minimum",
                 [x](const Tensor& v) {
                   const Tensor a = x(v, 0), b = x(v, 1);
                   return square(a - 13.0 + ((5.0 - b) * b - 2.0) * b) +
                          square(a - 29.0 + ((b + 1.0) * b - 14.0) * b);
                 },
                 {11, -1},
                 {11.41277900, -0.89680525},
                 48.98425368});
  return all;
}

TEST(Minimize, FindsTheMinimaOfMoreGarbowAndHillstrom) {
  for (const Problem& problem : problems()) {
    for (const Method method : kMethods) {
      // Gradient descent crawls along these valleys.
      const bool crawls = method == Method::gradient_descent;
      const Minimum found = minimize(problem.f, doubles(problem.start),
                                     {.method = method,
                                      .gradient_tolerance = crawls ? 1e-3 : 1e-7,
                                      .iterations = crawls ? 20000 : 1000});
      SCOPED_TRACE(std::string(problem.name) + " by " + name_of(method) + ": " + found.report);
      EXPECT_EQ(found.reason, StopReason::gradient);
      EXPECT_THAT(found.x(), near(problem.minimum, crawls ? 5e-3 : 1e-5));
      EXPECT_NEAR(found.value, problem.value, crawls ? 1e-4 : 1e-7);
      EXPECT_THAT(found.report, StartsWith("converged after "));
    }
  }
}

/// x' diag(scale) x / 2 - b.x, whose minimum is b / scale.
UnaryFunction quadratic(const std::vector<double>& scale, const std::vector<double>& b) {
  return [s = doubles(scale), b = doubles(b)](const Tensor& x) {
    return sum(s * x * x) * 0.5 - sum(b * x);
  };
}

TEST(Minimize, NewtonSolvesAQuadraticInOneIteration) {
  const std::vector<double> scale{1e-3, 1, 1e6};
  const Minimum found = minimize(quadratic(scale, {1, 2, 3}), doubles({5, -7, 11}),
                                 {.method = Method::newton, .gradient_tolerance = 1e-8});
  EXPECT_EQ(found.iterations, 1);
  EXPECT_THAT(found.x(), near({1e3, 2, 3e-6}, 1e-8));
  EXPECT_EQ(found.hessian_products, 3);
}

TEST(Minimize, QuasiNewtonMethodsSolveAnIllConditionedQuadratic) {
  // Condition number 1e5.
  std::vector<double> scale, b, solution;
  for (int i = 0; i < 50; ++i) {
    scale.push_back(std::pow(10, 5.0 * i / 49));
    b.push_back(i % 3 - 1.0);
    solution.push_back(b.back() / scale.back());
  }
  for (const Method method : {Method::bfgs, Method::lbfgs, Method::conjugate_gradient,
                              Method::newton_cg, Method::newton}) {
    const Minimum found =
        minimize(quadratic(scale, b), doubles(std::vector<double>(50, 1)),
                 {.method = method, .gradient_tolerance = 1e-9, .iterations = 5000});
    SCOPED_TRACE(std::string(name_of(method)) + ": " + found.report);
    EXPECT_EQ(found.reason, StopReason::gradient);
    EXPECT_THAT(found.x(), near(solution, 1e-8));
  }
}

TEST(Minimize, LbfgsNeedsFewEvaluationsOnRosenbrock) {
  // SciPy 1.17.1: L-BFGS-B 45, BFGS 39.
  const Problem rosenbrock = problems().front();
  for (const Method method : {Method::lbfgs, Method::bfgs}) {
    const Minimum found = minimize(rosenbrock.f, doubles(rosenbrock.start),
                                   {.method = method, .gradient_tolerance = 1e-5});
    EXPECT_LE(found.evaluations, 60) << name_of(method);
  }
}

TEST(Minimize, TakesManyTensorsOfAnyShape) {
  // Every term is least, and stationary, at a = 3 and B = 1.
  const ScalarFunction f = [](const Tensors& v) {
    return square(v[0] - 3.0) + sum(square(v[1] - 1.0)) + square(v[0] - 3.0) * sum(square(v[1]));
  };
  const Minimum found = minimize(f, {Tensor::scalar(0, DType::f64), zeros({2, 3}, DType::f64)},
                                 {.gradient_tolerance = 1e-10});
  ASSERT_EQ(found.arguments.size(), 2u);
  EXPECT_EQ(found.arguments[1].shape(), (Shape{2, 3}));
  EXPECT_THAT(found.arguments[0], near({3}, 1e-9));
  EXPECT_THAT(found.arguments[1], near({1, 1, 1, 1, 1, 1}, 1e-9));
}

TEST(Minimize, StopsWhereSinglePrecisionEnds) {
  const Problem rosenbrock = problems().front();
  const Minimum found = minimize(rosenbrock.f, Tensor{-1.2f, 1.0f}, {.gradient_tolerance = 1e-30});
  EXPECT_EQ(found.arguments[0].dtype(), DType::f32);
  EXPECT_THAT(found.x(), near({1, 1}, 1e-4));
  EXPECT_LT(found.evaluations, 500);
}

TEST(Minimize, TrustsSlopesWhereValuesCancel) {
  // The value is off by 1e-12, as that of a difference of terms of 1e4 is; the gradient is exact.
  for (const Method method : {Method::lbfgs, Method::bfgs, Method::newton}) {
    const DifferentiableFunction f = [](const Tensors& v) {
      const Tensor x = v[0];
      const double exact = sum(square(square(x - 1.0)) + square(x - 1.0)).item<double>() + 1;
      const double noise = 1e-12 * std::sin(1e7 * x.to_vector<double>()[0]);
      const Tensor slope = (x - 1.0) * (square(x - 1.0) * 4.0 + 2.0);
      return ValueAndGrad{Tensor::scalar(exact + noise, DType::f64), {slope}};
    };
    const Minimum found =
        minimize(f, {doubles({3, -2})}, {.method = method, .gradient_tolerance = 1e-9});
    EXPECT_TRUE(found.converged()) << name_of(method) << ": " << found.report;
    EXPECT_THAT(found.x(), near({1, 1}, 1e-9));
  }
}

TEST(Minimize, RecordsThePathItTook) {
  const Problem rosenbrock = problems().front();
  std::vector<double> observed;
  const Minimum found = minimize(rosenbrock.f, doubles(rosenbrock.start),
                                 {.record = Record::path, .observe = [&](const PathPoint& point) {
                                    observed.push_back(point.value);
                                  }});
  ASSERT_EQ(found.path.size(), static_cast<std::size_t>(found.iterations) + 1);
  EXPECT_THAT(found.path.front().arguments[0], near({-1.2, 1}, 0));
  EXPECT_NEAR(found.path.front().value, 24.2, 1e-12);  // 100 (1 - 1.44)^2 + 2.2^2
  EXPECT_EQ(found.path.back().value, found.value);
  ASSERT_EQ(observed.size(), found.path.size());
  for (std::size_t i = 1; i < observed.size(); ++i) EXPECT_LT(observed[i], observed[i - 1]);
}

TEST(Minimize, GradientDescentAtARateFollowsTheClosedForm) {
  // x <- x - rate * scale * x: after k steps (1 - rate * scale)^k.
  const Minimum found =
      minimize(quadratic({1, 4}, {0, 0}), doubles({1, 1}),
               {.method = Method::gradient_descent, .iterations = 10, .learning_rate = 0.1});
  EXPECT_EQ(found.reason, StopReason::iterations);
  EXPECT_THAT(found.x(), near({std::pow(0.9, 10), std::pow(0.6, 10)}, 1e-15));
}

TEST(Minimize, GradientDescentAtTooHighARateDivergesAndSaysSo) {
  const Minimum found =
      minimize(quadratic({1, 4}, {0, 0}), doubles({1, 1}),
               {.method = Method::gradient_descent, .iterations = 100000, .learning_rate = 0.6});
  EXPECT_EQ(found.reason, StopReason::diverged);
  EXPECT_FALSE(found.converged());
  EXPECT_THAT(found.x(), near({1, 1}, 0)) << "the lowest point of the path";
  EXPECT_THAT(found.report, HasSubstr("not finite"));
}

TEST(Minimize, MomentumIsFasterThanNoneInAValley) {
  const auto iterations = [](double momentum) {
    return minimize(quadratic({1, 100}, {0, 0}), doubles({1, 1}),
                    {.method = Method::gradient_descent,
                     .gradient_tolerance = 1e-6,
                     .iterations = 10000,
                     .learning_rate = 0.015,
                     .momentum = momentum})
        .iterations;
  };
  EXPECT_LT(2 * iterations(0.8), iterations(0));
}

TEST(Minimize, SaysWhyItStopped) {
  const UnaryFunction parabola = [](const Tensor& x) { return sum(x * x); };
  const UnaryFunction line = [](const Tensor& x) { return sum(x); };
  const UnaryFunction quartic = [](const Tensor& x) { return sum(square(square(x))); };
  const Tensor start = doubles({1, 2});
  for (const Method method : kMethods) {
    EXPECT_EQ(minimize(line, start, {.method = method}).reason, StopReason::unbounded)
        << name_of(method);
    EXPECT_EQ(minimize(parabola, doubles({0, 0}), {.method = method}).iterations, 0);
  }
  const Minimum limited = minimize(quartic, start, {.gradient_tolerance = 0, .iterations = 3});
  EXPECT_EQ(limited.reason, StopReason::iterations);
  EXPECT_EQ(limited.iterations, 3);
  EXPECT_EQ(minimize(quartic, start, {.gradient_tolerance = 0, .evaluations = 5}).reason,
            StopReason::evaluations);
  EXPECT_EQ(minimize(quartic, start, {.gradient_tolerance = 0, .value_tolerance = 1e-3}).reason,
            StopReason::value);
  EXPECT_EQ(minimize(quartic, start, {.gradient_tolerance = 0, .step_tolerance = 1e-2}).reason,
            StopReason::step);
}

TEST(Minimize, StepsBackFromWhereTheFunctionIsNotDefined) {
  // x - log(x), minimum 1 at 1; the first step from 20 is one of those that lead below 0.
  const UnaryFunction f = [](const Tensor& x) { return sum(x - log(x)); };
  for (const Method method : kMethods) {
    const Minimum found = minimize(f, doubles({20, 0.05}), {.method = method});
    EXPECT_THAT(found.x(), near({1, 1}, 1e-5)) << name_of(method) << ": " << found.report;
  }
}

TEST(Minimize, LeavesASaddleThatANewtonStepWouldGoTo) {
  // x^4 / 4 - x^2 / 2 + y^2 / 2 has a saddle at 0 and minima of -1/4 at x = -1 and 1.
  const UnaryFunction f = [](const Tensor& v) {
    const Tensor x = select(v, 0, 0), y = select(v, 0, 1);
    return square(square(x)) * 0.25 - square(x) * 0.5 + square(y) * 0.5;
  };
  for (const Method method : {Method::newton, Method::newton_cg}) {
    const Minimum found = minimize(f, doubles({0.1, 1}), {.method = method});
    EXPECT_THAT(found.x(), near({1, 0}, 1e-6)) << found.report;
    EXPECT_NEAR(found.value, -0.25, 1e-12);
  }
}

TEST(Minimize, TakesGradientsOfTheCallersOwn) {
  int calls = 0;
  const DifferentiableFunction f = [&](const Tensors& x) {
    ++calls;
    return ValueAndGrad{sum(x[0] * x[0]), {x[0] * 2.0}};
  };
  const Minimum found = minimize(f, {doubles({3, -4})}, {.method = Method::newton});
  EXPECT_THAT(found.x(), near({0, 0}, 1e-12));
  EXPECT_EQ(calls, found.evaluations + 1) << "and once for the Hessian";
}

TEST(Minimize, RefusesWhatItCannotMinimise) {
  const UnaryFunction f = [](const Tensor& x) { return sum(log(x)); };
  EXPECT_EQ(message_of([&] { minimize(f, doubles({-1})); }),
            "minimize: at the start the value is nan and the largest element of the gradient 1");
  EXPECT_EQ(error_of([&] { minimize(f, doubles({testing::kNan})); }).code(), ErrorCode::numeric);
  EXPECT_EQ(error_of([&] { minimize(f, Tensor::from(std::vector<std::int64_t>{1})); }).code(),
            ErrorCode::dtype);
  EXPECT_EQ(error_of([&] { minimize(f, Tensor()); }).code(), ErrorCode::dtype);
  EXPECT_EQ(error_of([&] { minimize(f, doubles({})); }).code(), ErrorCode::invalid_argument);
  EXPECT_THAT(message_of([&] {
                minimize([](const Tensor& x) { return x; }, doubles({1, 2}));
              }),
              HasSubstr("must return one floating element"));
  EXPECT_EQ(message_of([&] { minimize(f, doubles({1}), {.momentum = 0.5}); }),
            "minimize: momentum needs a learning_rate");
  EXPECT_EQ(message_of([&] { minimize(f, doubles({1}), {.gradient_tolerance = -1}); }),
            "minimize: gradient_tolerance is -1; it must be at least 0");
  EXPECT_THAT(message_of([&] { minimize(f, doubles({1}), {.learning_rate = 1}); }),
              HasSubstr("not of lbfgs"));
}

}  // namespace
}  // namespace gradus::optimize
