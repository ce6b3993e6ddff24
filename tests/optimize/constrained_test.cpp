#include "gradus/optimize/constrained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
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

Tensor f64(const std::vector<double>& values) { return Tensor::from(values); }
Tensor at(const Tensor& x, int i) { return select(x, 0, i); }

const UnaryFunction kSum = [](const Tensor& x) { return sum(x); };
/// x . x - 2 = 0
const Constraints kCircle{.equal_to_zero = [](const Tensor& x) { return sum(x * x) - 2.0; }};

TEST(MinimizeConstrained, FindsTheLagrangeMultiplierOfACircle) {
  // x + y on x^2 + y^2 = 2 is least at (-1, -1), where 1 + 2 lambda x = 0: lambda = 1/2 (Nocedal
  // and Wright 2006, example 12.1).
  for (const ConstrainedMethod method :
       {ConstrainedMethod::augmented_lagrangian, ConstrainedMethod::lagrange_newton}) {
    const ConstrainedMinimum found =
        minimize_constrained(kSum, kCircle, f64({-2, -0.5}), {.method = method, .tolerance = 1e-9});
    EXPECT_TRUE(found.converged()) << found.report;
    EXPECT_THAT(found.x, near({-1, -1}, 1e-8));
    EXPECT_THAT(found.equality_multipliers, near({0.5}, 1e-8));
    EXPECT_NEAR(found.value, -2, 1e-8);
    EXPECT_FALSE(found.inequality_multipliers.defined());
    EXPECT_THAT(found.report, StartsWith("converged after "));
  }
}

TEST(MinimizeConstrained, NewtonSolvesAQuadraticProgramInOneIteration) {
  // Nocedal and Wright 2006, example 16.2: x = (2, -1, 1), multipliers (3, -2) of A x - b, which
  // are -3 and 2 in this Lagrangian's sign.
  const Tensor g = Tensor::from(std::vector<double>{6, 2, 1, 2, 5, 2, 1, 2, 4}, Shape{3, 3});
  const Tensor c = f64({-8, -3, -3});
  const Tensor a = Tensor::from(std::vector<double>{1, 0, 1, 0, 1, 1}, Shape{2, 3});
  const UnaryFunction f = [&](const Tensor& x) { return dot(x, matmul(g, x)) * 0.5 + dot(c, x); };
  const Constraints constraints{.equal_to_zero = [&](const Tensor& x) {
    return matmul(a, x) - f64({3, 0});
  }};
  const ConstrainedMinimum newton =
      minimize_constrained(f, constraints, zeros({3}, DType::f64),
                           {.method = ConstrainedMethod::lagrange_newton, .tolerance = 1e-12});
  EXPECT_EQ(newton.iterations, 1) << newton.report;
  EXPECT_THAT(newton.x, near({2, -1, 1}, 1e-12));
  EXPECT_THAT(newton.equality_multipliers, near({-3, 2}, 1e-12));
  const ConstrainedMinimum augmented =
      minimize_constrained(f, constraints, zeros({3}, DType::f64), {.tolerance = 1e-8});
  EXPECT_THAT(augmented.x, near({2, -1, 1}, 1e-7));
  EXPECT_THAT(augmented.equality_multipliers, near({-3, 2}, 1e-6));
}

TEST(MinimizeConstrained, SolvesRosenAndSuzuki) {
  // Hock and Schittkowski 1981, problem 43: x = (0, 1, 2, -1), f = -44, multipliers 1, 0, 2.
  const UnaryFunction f = [](const Tensor& x) {
    return sum(f64({1, 1, 2, 1}) * x * x) + sum(f64({-5, -5, -21, 7}) * x);
  };
  const Constraints constraints{.at_most_zero = [](const Tensor& x) {
    return stack({sum(x * x) + sum(f64({1, -1, 1, -1}) * x) - 8.0,
                  sum(f64({1, 2, 1, 2}) * x * x) - at(x, 0) - at(x, 3) - 10.0,
                  sum(f64({2, 1, 1, 0}) * x * x) + at(x, 0) * 2.0 - at(x, 1) - at(x, 3) - 5.0});
  }};
  for (const Method inner : {Method::bfgs, Method::lbfgs, Method::newton}) {
    const ConstrainedMinimum found = minimize_constrained(f, constraints, zeros({4}, DType::f64),
                                                          {.tolerance = 1e-7, .inner = inner});
    SCOPED_TRACE(found.report);
    EXPECT_TRUE(found.converged());
    EXPECT_THAT(found.x, near({0, 1, 2, -1}, 1e-6));
    EXPECT_NEAR(found.value, -44, 1e-6);
    EXPECT_THAT(found.inequality_multipliers, near({1, 0, 2}, 1e-5));
    EXPECT_LE(found.residuals.largest(), 1e-7);
  }
}

TEST(MinimizeConstrained, SolvesProblem71WithBounds) {
  // Hock and Schittkowski 1981, problem 71, with the multipliers that Ipopt's documentation prints.
  const UnaryFunction f = [](const Tensor& x) {
    return at(x, 0) * at(x, 3) * (at(x, 0) + at(x, 1) + at(x, 2)) + at(x, 2);
  };
  const Constraints constraints{
      .equal_to_zero = [](const Tensor& x) { return sum(x * x) - 40.0; },
      .at_most_zero =
          [](const Tensor& x) {
            return concatenate({reshape(25.0 - prod(x), Dims{1}), 1.0 - x, x - 5.0});
          }};
  const ConstrainedMinimum found =
      minimize_constrained(f, constraints, f64({1, 5, 5, 1}), {.tolerance = 1e-7});
  SCOPED_TRACE(found.report);
  EXPECT_TRUE(found.converged());
  EXPECT_NEAR(found.value, 17.0140173, 1e-6);
  EXPECT_THAT(found.x, near({1, 4.7429994, 3.8211503, 1.3794082}, 1e-5));
  EXPECT_THAT(found.equality_multipliers, near({0.1614686}, 1e-5));
  EXPECT_THAT(found.inequality_multipliers,
              near({0.5522937, 1.0878713, 0, 0, 0, 0, 0, 0, 0}, 1e-5));
}

TEST(MinimizeConstrained, MultipliersAreTheDerivativeOfTheMinimum) {
  // Moving the constraint by e moves the minimum by -lambda e.
  const auto minimum = [](double e) {
    const Constraints moved{.equal_to_zero = [e](const Tensor& x) { return sum(x * x) - 2.0 - e; }};
    return minimize_constrained(kSum, moved, f64({-1.5, -0.5}), {.tolerance = 1e-10});
  };
  const double slope = (minimum(1e-4).value - minimum(-1e-4).value) / 2e-4;
  EXPECT_NEAR(-minimum(0).equality_multipliers.item<double>(), slope, 1e-6);
}

TEST(MinimizeConstrained, HoldsTheConditionsOnRandomPrograms) {
  // Convex quadratic functions under random linear inequalities that 0 satisfies.
  for (int seed = 0; seed < 20; ++seed) {
    std::vector<double> scale, target, normals;
    for (int i = 0; i < 5; ++i) {
      scale.push_back(1 + (seed * 7 + i * 3) % 5);
      target.push_back(((seed * 13 + i * 11) % 9) - 4.0);
    }
    for (int i = 0; i < 20; ++i) normals.push_back(((seed * 17 + i * 29) % 11) - 5.0);
    const Tensor a = Tensor::from(normals, Shape{4, 5});
    const UnaryFunction f = [&](const Tensor& x) {
      return sum(f64(scale) * square(x - f64(target)));
    };
    const Constraints constraints{
        .at_most_zero = [&](const Tensor& x) { return matmul(a, x) - 1.0; }};
    const ConstrainedMinimum found =
        minimize_constrained(f, constraints, zeros({5}, DType::f64), {.tolerance = 1e-6});
    EXPECT_TRUE(found.converged()) << seed << ": " << found.report;
    const KktResiduals residuals =
        kkt_residuals(f, constraints, found.x, {}, found.inequality_multipliers);
    EXPECT_LE(residuals.largest(), 1e-6);
  }
}

TEST(MinimizeConstrained, SaysWhenThereIsNoSolution) {
  const UnaryFunction f = [](const Tensor& x) { return sum(x * x); };
  const Constraints contradiction{.equal_to_zero = [](const Tensor& x) {
    return concatenate({x, x - 1.0});
  }};
  const ConstrainedMinimum infeasible = minimize_constrained(f, contradiction, f64({3}));
  EXPECT_EQ(infeasible.reason, ConstrainedStop::infeasible) << infeasible.report;
  EXPECT_NEAR(infeasible.residuals.equality, 0.5, 1e-3);
  EXPECT_THAT(infeasible.report, HasSubstr("violated by 0.5"));

  const Constraints half_plane{.at_most_zero = [](const Tensor& x) { return at(x, 1); }};
  const ConstrainedMinimum unbounded = minimize_constrained(kSum, half_plane, f64({1, 1}));
  EXPECT_EQ(unbounded.reason, ConstrainedStop::unbounded) << unbounded.report;

  const Constraints twice{.equal_to_zero = [](const Tensor& x) {
    return stack({sum(x) - 1.0, sum(x) - 1.0});
  }};
  EXPECT_EQ(
      minimize_constrained(f, twice, f64({1, 2}), {.method = ConstrainedMethod::lagrange_newton})
          .reason,
      ConstrainedStop::singular);
}

TEST(MinimizeConstrained, RecordsItsPath) {
  const ConstrainedMinimum found =
      minimize_constrained(kSum, kCircle, f64({-2, -0.5}), {.record = Record::path});
  EXPECT_EQ(found.path.size(), static_cast<std::size_t>(found.iterations) + 1);
  EXPECT_THAT(found.path.front().arguments[0], near({-2, -0.5}, 0));
  EXPECT_THAT(found.path.back().arguments[0], near({-1, -1}, 1e-5));
}

TEST(MinimizeConstrained, RefusesBadInput) {
  EXPECT_THAT(message_of([] { minimize_constrained(kSum, {}, f64({1})); }),
              HasSubstr("there are no constraints"));
  EXPECT_EQ(error_of([] { minimize_constrained(kSum, kCircle, Tensor()); }).code(),
            ErrorCode::dtype);
  EXPECT_EQ(error_of([] {
              minimize_constrained(kSum, kCircle, f64({testing::kNan, 0}));
            }).code(),
            ErrorCode::numeric);
  const Constraints inequality{.at_most_zero = [](const Tensor& x) { return x; }};
  EXPECT_THAT(message_of([&] {
                minimize_constrained(kSum, inequality, f64({1}),
                                     {.method = ConstrainedMethod::lagrange_newton});
              }),
              HasSubstr("equalities only"));
  EXPECT_THAT(message_of([] {
                kkt_residuals(kSum, kCircle, f64({1, 1}), f64({1, 2}), {});
              }),
              HasSubstr("the multipliers of the equalities are [2], but the constraints []"));
}

}  // namespace
}  // namespace gradus::optimize
