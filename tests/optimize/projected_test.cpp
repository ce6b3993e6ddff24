#include "gradus/optimize/projected.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/optimize/projections.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::optimize {
namespace {

using testing::error_of;
using testing::near;
using testing::values;

Tensor doubles_of(const std::vector<double>& values) { return Tensor::from(values); }

TEST(Projections, AreTheClosedForms) {
  const Tensor x = doubles_of({3, -4});
  EXPECT_THAT(project_onto_l2_ball(x, 1), near({0.6, -0.8}, 1e-15));
  EXPECT_THAT(project_onto_l2_ball(x, 5), near({3, -4}, 0));
  EXPECT_THAT(project_onto_l1_ball(x, 1), near({0, -1}, 1e-15));
  EXPECT_THAT(project_onto_l1_ball(x, 3), near({1, -2}, 1e-15));
  EXPECT_THAT(project_onto_linf_ball(x, 3.5), near({3, -3.5}, 0));
  EXPECT_THAT(project_onto_nonnegative(x), near({3, 0}, 0));
  EXPECT_THAT(project_onto_simplex(doubles_of({0.5, 0.5, 0.5})),
              near({1 / 3., 1 / 3., 1 / 3.}, 1e-15));
  EXPECT_THAT(project_onto_simplex(doubles_of({2, 0, -1})), near({1, 0, 0}, 1e-15));
  EXPECT_THAT(project_onto_l2_ball(doubles_of({1e300, 0}), 2), near({2, 0}, 1e-15));
  EXPECT_EQ(project_onto_l1_ball(Tensor{1, 2}, 1).dtype(), DType::f32);
}

TEST(Projections, AreNearerThanAnyOtherPointOfTheSet) {
  // For a convex set, (x - P x) . (y - P x) <= 0 for all y in it.
  const UnaryFunction projections[] = {
      [](const Tensor& x) { return project_onto_l1_ball(x, 1.5); },
      [](const Tensor& x) { return project_onto_l2_ball(x, 1.5); },
      [](const Tensor& x) { return project_onto_linf_ball(x, 0.7); },
      [](const Tensor& x) { return project_onto_simplex(x, 2); }};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Tensor x = random_normal(Key(seed), {8}, 0, 2, DType::f64);
    const Tensor other = random_normal(Key(seed + 1000), {8}, 0, 2, DType::f64);
    for (const UnaryFunction& project : projections) {
      const Tensor p = project(x);
      EXPECT_THAT(project(p), near(values(p), 1e-14));
      EXPECT_LE(dot(x - p, project(other) - p).item<double>(), 1e-12);
    }
  }
}

TEST(Projections, RefuseEmptySetsAndNan) {
  EXPECT_EQ(error_of([] { project_onto_box(Tensor{1.0f}, 2, 1); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { project_onto_l1_ball(Tensor{1.0f}, -1); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { project_onto_simplex(Tensor{testing::kNan}); }).code(),
            ErrorCode::numeric);
  EXPECT_EQ(error_of([] { project_onto_simplex(zeros({0})); }).code(), ErrorCode::invalid_argument);
}

TEST(MinimizeProjected, OverABoxGivesTheClosedFormAndItsMultipliers) {
  // Separable: each coordinate is its free minimum, clipped; the gradient there is the multiplier.
  const Tensor scale = doubles_of({1, 100, 10, 0.5});
  const Tensor target = doubles_of({2, -3, 0.5, 4});
  const UnaryFunction f = [&](const Tensor& x) { return sum(scale * square(x - target)) * 0.5; };
  const ProjectedMinimum found =
      minimize_projected(f, [](const Tensor& x) { return project_onto_box(x, 0, 1); },
                         zeros({4}, DType::f64), {.tolerance = 1e-10, .record = Record::path});
  EXPECT_TRUE(found.converged()) << found.report;
  EXPECT_THAT(found.x, near({1, 0, 0.5, 1}, 1e-9));
  EXPECT_THAT(found.gradient, near({-1, 300, 0, -1.5}, 1e-8));
  EXPECT_EQ(found.path.size(), static_cast<std::size_t>(found.iterations) + 1);
}

TEST(MinimizeProjected, SolvesNonnegativeLeastSquaresAsSciPyDoes) {
  // scipy.optimize.nnls (SciPy 1.17.1) on these numbers.
  const Tensor a =
      Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 10, 2, -1, 1}, Shape{4, 3});
  const Tensor b = doubles_of({1, -1, 2, 3});
  const UnaryFunction f = [&](const Tensor& x) { return sum(square(matmul(a, x) - b)); };
  const ProjectedMinimum found =
      minimize_projected(f, project_onto_nonnegative, zeros({3}, DType::f64),
                         {.tolerance = 1e-9, .iterations = 10000});
  EXPECT_TRUE(found.converged()) << found.report;
  EXPECT_THAT(found.x, near({0.24285714285714283, 0.0, 0.0}, 1e-8));
}

TEST(MinimizeProjected, PenaltyAndConstraintHaveOneSolution) {
  // Ridge regression with a penalty w, and the same over the ball whose radius its solution has:
  // the multiplier of the ball is w.
  const Tensor a = random_normal(Key(5), {30, 6}, 0, 1, DType::f64);
  const Tensor b = random_normal(Key(6), {30}, 0, 1, DType::f64);
  const double w = 3;
  const UnaryFunction loss = [&](const Tensor& x) { return sum(square(matmul(a, x) - b)); };
  const UnaryFunction penalised = [&](const Tensor& x) { return loss(x) + sum(x * x) * w; };
  const Minimum ridge = minimize(penalised, zeros({6}, DType::f64), {.gradient_tolerance = 1e-10});
  const double radius = std::sqrt(sum(square(ridge.x())).item<double>());
  const ProjectedMinimum ball =
      minimize_projected(loss, [&](const Tensor& x) { return project_onto_l2_ball(x, radius); },
                         zeros({6}, DType::f64), {.tolerance = 1e-9});
  EXPECT_TRUE(ball.converged()) << ball.report;
  EXPECT_THAT(ball.x, near(values(ridge.x()), 1e-8));
  EXPECT_THAT(ball.gradient, near(values(ridge.x() * (-2 * w)), 1e-7));
}

TEST(MinimizeProjected, OverASimplexFindsTheMinimumVariancePortfolio) {
  // Uncorrelated returns: weights are proportional to 1 / variance.
  const Tensor variance = doubles_of({1, 2, 4});
  const ProjectedMinimum found =
      minimize_projected([&](const Tensor& x) { return sum(variance * x * x); },
                         [](const Tensor& x) { return project_onto_simplex(x); },
                         doubles_of({1, 0, 0}), {.tolerance = 1e-10});
  EXPECT_THAT(found.x, near({4 / 7., 2 / 7., 1 / 7.}, 1e-9)) << found.report;
}

TEST(MinimizeProjected, SaysWhyItStopped) {
  const UnaryFunction f = [](const Tensor& x) { return sum(x * x); };
  const UnaryFunction everywhere = [](const Tensor& x) { return x; };
  EXPECT_EQ(minimize_projected([](const Tensor& x) { return sum(x); }, everywhere,
                               doubles_of({1, 1}), {.iterations = 100000})
                .reason,
            StopReason::unbounded);
  EXPECT_EQ(minimize_projected(f, everywhere, doubles_of({1, 1}), {.iterations = 0}).reason,
            StopReason::iterations);
  EXPECT_EQ(error_of([&] {
              minimize_projected(
                  f, [](const Tensor& x) { return select(x, 0, 0); }, doubles_of({1, 1}));
            }).code(),
            ErrorCode::shape);
  EXPECT_EQ(
      error_of([&] { minimize_projected(f, everywhere, doubles_of({1}), {.memory = 0}); }).code(),
      ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::optimize
