// Expected values: closed forms, and NumPy 2.4.6 and scikit-learn 1.9.1 where it says so.

#include "gradus/linalg/least_squares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::linalg {
namespace {

using testing::error_of;
using testing::message_of;
using testing::near;

constexpr LeastSquaresMethod kMethods[] = {LeastSquaresMethod::qr, LeastSquaresMethod::svd,
                                           LeastSquaresMethod::normal_equations};

Tensor doubles(const Tensor& x) { return cast(x, DType::f64); }
Tensor given() { return doubles(Tensor{{1, 2}, {2, 1}, {3, 5}, {4, 3}, {0, 1}}); }
Tensor sides() { return doubles(Tensor{1, 2, 4, 3, 2}); }
Tensor weights() { return doubles(Tensor{1, 2, 1, 0.5f, 3}); }

TEST(LeastSquares, TheWorkedExampleOfTheCourse) {
  // X = [[1, 1], [1, 2], [2, 2]], y = [6, 8, 9]: beta [1.6, 3.2], residual sum of squares 1.8.
  for (const auto method : kMethods) {
    const LeastSquares fit =
        least_squares(Tensor{{1, 1}, {1, 2}, {2, 2}}, Tensor{6, 8, 9}, {.method = method});
    EXPECT_THAT(fit.coefficients, near({1.6, 3.2}, 1e-5));
    EXPECT_NEAR(fit.residual_sum_of_squares.item<double>(), 1.8, 1e-5);
    EXPECT_EQ(fit.rank.item<std::int64_t>(), 2);
  }
}

TEST(LeastSquares, InterceptAndStandardErrorsByEveryMethod) {
  // NumPy: the formulas (a^T a)^-1 a^T b and sqrt(s^2 diag((a^T a)^-1)) with a column of ones.
  for (const auto method : kMethods) {
    const LeastSquares fit = least_squares(given(), sides(), {.method = method, .intercept = true});
    EXPECT_THAT(fit.coefficients, near({0.2, 0.428571428571428}, 1e-13));
    EXPECT_NEAR(fit.intercept.item<double>(), 0.971428571428573, 1e-13);
    EXPECT_THAT(fit.standard_errors, near({0.370328039909021, 0.349927106111883}, 1e-13));
    EXPECT_NEAR(fit.intercept_error.item<double>(), 0.765053019371193, 1e-13);
    EXPECT_NEAR(fit.residual_sum_of_squares.item<double>(), 1.5428571428571425, 1e-13);
    EXPECT_EQ(fit.rank.item<std::int64_t>(), 3);
    EXPECT_NEAR(sum(fit.residuals).item<double>(), 0, 1e-13);
  }
}

TEST(LeastSquares, WeightsByEveryMethod) {
  // NumPy: the same formulas with a^T w a.
  for (const auto method : kMethods) {
    const LeastSquares fit = least_squares(
        given(), sides(), {.method = method, .intercept = true, .weights = weights()});
    EXPECT_THAT(fit.coefficients, near({0.099123398516522, 0.416048550236008}, 1e-13));
    EXPECT_NEAR(fit.intercept.item<double>(), 1.318948078219823, 1e-13);
    EXPECT_THAT(fit.standard_errors, near({0.366973029603718, 0.346594084448033}, 1e-13));
    EXPECT_NEAR(fit.intercept_error.item<double>(), 0.586467291229791, 1e-13);
    EXPECT_NEAR(fit.residual_sum_of_squares.item<double>(), 1.8752528658125425, 1e-13);
  }
}

TEST(LeastSquares, RidgeLeavesTheInterceptAlone) {
  // scikit-learn: Ridge(alpha=0.7), without and with sample_weight.
  for (const auto method : kMethods) {
    const LeastSquares plain =
        least_squares(given(), sides(), {.method = method, .intercept = true, .ridge = 0.7});
    EXPECT_THAT(plain.coefficients, near({0.205540661304736, 0.400102132005617}, 1e-13));
    EXPECT_NEAR(plain.intercept.item<double>(), 1.0286735605770456, 1e-13);
    EXPECT_FALSE(plain.standard_errors.defined());
    const LeastSquares weighted =
        least_squares(given(), sides(),
                      {.method = method, .intercept = true, .ridge = 0.7, .weights = weights()});
    EXPECT_THAT(weighted.coefficients, near({0.112556066461677, 0.388388953143953}, 1e-13));
    EXPECT_NEAR(weighted.intercept.item<double>(), 1.3508251290586477, 1e-13);
  }
}

TEST(LeastSquares, DependentColumnsHaveASolutionOfMinimumNorm) {
  const Tensor a = doubles(Tensor{{1, 2, 3}, {2, 4, 6}, {1, 0, 1}, {0, 1, 1}});
  const Tensor b = doubles(Tensor{1, 2, 3, 4});
  // NumPy: lstsq. scikit-learn: LinearRegression.
  const LeastSquares fit = least_squares(a, b, {.method = LeastSquaresMethod::svd});
  EXPECT_THAT(fit.coefficients,
              near({0.666666666666667, -0.256410256410257, 0.41025641025641}, 1e-13));
  EXPECT_EQ(fit.rank.item<std::int64_t>(), 2);
  const LeastSquares centred =
      least_squares(a, b, {.method = LeastSquaresMethod::svd, .intercept = true});
  EXPECT_THAT(centred.coefficients,
              near({-0.509803921568628, 0.196078431372549, -0.313725490196078}, 1e-13));
  EXPECT_NEAR(centred.intercept.item<double>(), 3.5294117647058822, 1e-13);
  EXPECT_EQ(centred.rank.item<std::int64_t>(), 3);
  EXPECT_EQ(message_of([&] { least_squares(a, b).coefficients.eval(); }),
            "least_squares: the matrix has linearly dependent columns (rank 2 of 3): use singular "
            "values for the solution of minimum norm");
}

TEST(LeastSquares, FewerRowsThanColumns) {
  const Tensor a = doubles(Tensor{{3, 4}});
  const LeastSquares fit =
      least_squares(a, doubles(Tensor{5}), {.method = LeastSquaresMethod::svd});
  EXPECT_THAT(fit.coefficients, near({0.6, 0.8}, 1e-14));  // the point of the line next to 0
  EXPECT_TRUE(std::isnan(fit.standard_errors.to_vector<double>()[0]));
  EXPECT_EQ(error_of([&] { least_squares(a, doubles(Tensor{5})); }).code(), ErrorCode::shape);
  // With a ridge there are enough rows.
  const LeastSquares ridge = least_squares(a, doubles(Tensor{5}), {.ridge = 25});
  EXPECT_THAT(ridge.coefficients, near({0.3, 0.4}, 1e-14));
}

TEST(LeastSquares, BatchesAndSeveralRightSides) {
  const Tensor a = random_normal(Key(1), {3, 6, 2}, 0, 1, DType::f64);
  const Tensor b = random_normal(Key(2), {6, 4}, 0, 1, DType::f64);
  for (const auto method : kMethods) {
    const LeastSquares fit = least_squares(a, b, {.method = method, .intercept = true});
    ASSERT_EQ(fit.coefficients.shape(), (Shape{3, 2, 4}));
    ASSERT_EQ(fit.intercept.shape(), (Shape{3, 4}));
    ASSERT_EQ(fit.residual_sum_of_squares.shape(), (Shape{3, 4}));
    ASSERT_EQ(fit.standard_errors.shape(), (Shape{3, 2, 4}));
    const LeastSquares one =
        least_squares(select(a, 0, 1), select(b, 1, 2), {.method = method, .intercept = true});
    EXPECT_THAT(select(select(fit.coefficients, 0, 1), 1, 2),
                near(one.coefficients.to_vector<double>(), 1e-13));
    // What is left over is orthogonal to the columns.
    const Tensor product = matmul(swap_axes(a, -1, -2), fit.residuals);
    EXPECT_THAT(product, near(std::vector<double>(24, 0), 1e-12));
  }
}

TEST(LeastSquares, GradientsOfTheMethodsAgree) {
  const auto gradient = [](LeastSquaresMethod method) {
    return grad([method](const Tensor& a) {
      const LeastSquares fit = least_squares(a, sides(), {.method = method, .intercept = true});
      return sum(square(fit.coefficients)) + fit.residual_sum_of_squares;
    })(given());
  };
  const auto by_values = gradient(LeastSquaresMethod::svd).to_vector<double>();
  EXPECT_THAT(gradient(LeastSquaresMethod::qr), near(by_values, 1e-12));
  EXPECT_THAT(gradient(LeastSquaresMethod::normal_equations), near(by_values, 1e-12));
}

TEST(LeastSquares, ScalesOfColumnsDoNotMatter) {
  const Tensor scales = Tensor::from(std::vector<double>{1e150, 1e-150});
  const LeastSquares fit = least_squares(given() * scales, sides());
  const auto expected = (least_squares(given(), sides()).coefficients / scales).to_vector<double>();
  EXPECT_NEAR(fit.coefficients.to_vector<double>()[0] / expected[0], 1, 1e-14);
  EXPECT_NEAR(fit.coefficients.to_vector<double>()[1] / expected[1], 1, 1e-14);
}

TEST(LeastSquares, BadInputIsNamed) {
  const Tensor a = given(), b = sides();
  EXPECT_EQ(message_of([&] {
              least_squares(a, doubles(Tensor{1, 2}));
            }),
            "least_squares: takes matrices (..., m, n) and right sides (m) or (..., m, k), not "
            "[5, 2] and [2]");
  EXPECT_EQ(message_of([&] { least_squares(a, b, {.ridge = -1}); }),
            "least_squares: ridge must be 0 or more, not -1");
  EXPECT_EQ(message_of([&] {
              least_squares(a, b, {.weights = Tensor{1, 2, 3, 4, -5}});
            }),
            "least_squares: weights must be 0 or more, not -5");
  EXPECT_EQ(message_of([&] {
              least_squares(a, b, {.weights = Tensor{1, 2}});
            }),
            "least_squares: 5 rows take weights of shape [5], not [2]");
  EXPECT_EQ(error_of([&] { least_squares(a, cast(b, DType::f32)); }).code(), ErrorCode::dtype);
  EXPECT_EQ(error_of([&] {
              least_squares(a, b * std::numeric_limits<double>::quiet_NaN()).coefficients.eval();
            }).message(),
            "the matrix has a right side that holds NaN");
  EXPECT_EQ(error_of([] {
              least_squares(Tensor::from(std::vector<float>(), Shape{0, 2}),
                            Tensor::from(std::vector<float>(), Shape{0}));
            }).message(),
            "there are no rows");
}

}  // namespace
}  // namespace gradus::linalg
