// Expected values: the course's worked examples, closed forms, and NumPy 2.4.6 where it says so.

#include "gradus/linalg/norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/linalg/rank.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::linalg {
namespace {

using testing::error_of;
using testing::message_of;
using testing::near;

Tensor column_of(const std::vector<double>& values) { return Tensor::from(values); }

double norm_of(const std::vector<double>& values, double order) {
  return vector_norm(column_of(values), {.order = order}).item<double>();
}

TEST(VectorNorm, TheWorkedExamplesOfTheCourse) {
  EXPECT_EQ(norm_of({3, -4, 1}, 1), 8);
  EXPECT_EQ(norm_of({3, 4}, 2), 5);
  EXPECT_EQ(norm_of({3, -4, 1}, kInfinityNorm), 4);
}

TEST(VectorNorm, OtherOrders) {  // NumPy
  EXPECT_NEAR(norm_of({3, -4, 1}, 3), 4.514357435474001, 1e-14);
  EXPECT_NEAR(norm_of({3, -4, 1}, 1.5), 5.862917311846354, 1e-14);
  EXPECT_NEAR(norm_of({3, -4, 1}, 0.5), 22.392304845413257, 1e-13);
  EXPECT_EQ(norm_of({3, -4, 1}, -kInfinityNorm), 1);
}

TEST(VectorNorm, NeitherOverflowsNorVanishes) {
  EXPECT_NEAR(norm_of({3e200, 4e200}, 2) / 5e200, 1, 1e-15);
  EXPECT_NEAR(norm_of({3e-200, 4e-200}, 2) / 5e-200, 1, 1e-15);
  EXPECT_NEAR(norm_of({1e150, 1e150}, 3) / (1e150 * std::cbrt(2)), 1, 1e-15);
  EXPECT_EQ(norm_of({1, testing::kInfinity}, 2), testing::kInfinity);
  EXPECT_TRUE(std::isnan(norm_of({1, testing::kNan}, 2)));
  EXPECT_TRUE(std::isnan(norm_of({1, testing::kNan}, 3)));
}

TEST(VectorNorm, HasTheGradientOfItsFormulaAndNoneAtZero) {
  const auto gradient = [](double order) {
    return grad([order](const Tensor& x) { return vector_norm(x, {.order = order}); });
  };
  EXPECT_THAT(gradient(2)(column_of({3, -4})), near({0.6, -0.8}, 1e-15));
  // d |x|_3 / dx = sign(x) (|x| / |x|_3)^2
  const double norm = std::cbrt(91.0);
  EXPECT_THAT(gradient(3)(column_of({3, -4})), near({9 / norm / norm, -16 / norm / norm}, 1e-15));
  EXPECT_THAT(gradient(2)(column_of({0, 0})), near({0, 0}, 0));
  EXPECT_THAT(gradient(3)(column_of({0, 0})), near({0, 0}, 0));
}

TEST(VectorNorm, AlongAxesAndOfNothing) {
  const Tensor x = Tensor{{{3, 0}, {4, 1}}, {{6, 0}, {8, 2}}};
  EXPECT_THAT(vector_norm(x, {.axes = {1}}), near({5, 1, 10, 2}, 1e-6));
  EXPECT_EQ(vector_norm(x, {.axes = {0, 2}, .keep_axes = true}).shape(), (Shape{1, 2, 1}));
  EXPECT_NEAR(vector_norm(x, {.axes = {}}).item<double>(), std::sqrt(130.0), 1e-5);
  EXPECT_EQ(vector_norm(zeros({0})).item<double>(), 0);
  EXPECT_EQ(vector_norm(Tensor::from(std::vector<int>{3, 4})).item<double>(), 5);
}

TEST(VectorNorm, AnOrderThatIsNoneIsRefused) {
  EXPECT_EQ(message_of([] { vector_norm(Tensor{1}, {.order = 0}); }),
            "vector_norm: the order must be above 0, or -infinity, not 0");
  EXPECT_EQ(error_of([] { vector_norm(Tensor{1}, {.order = NAN}); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { vector_norm(zeros({0}), {.order = -kInfinityNorm}); }).code(),
            ErrorCode::shape);
}

TEST(VectorNorm, IsANormOnRandomVectors) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Tensor x = random_normal(Key(seed), {2, 7}, 0, 1, DType::f64);
    const Tensor a = select(x, 0, 0), b = select(x, 0, 1);
    for (const double order : {1.0, 1.5, 2.0, 4.0, kInfinityNorm}) {
      const auto norm = [&](const Tensor& v) {
        return vector_norm(v, {.order = order}).item<double>();
      };
      EXPECT_LE(norm(a + b), norm(a) + norm(b) + 1e-14);
      EXPECT_NEAR(norm(a * -3.0), 3 * norm(a), 1e-14 * norm(a) * 10);
    }
  }
}

TEST(MatrixNorm, TheWorkedExampleOfTheCourse) {
  const Tensor a{{1, 2}, {3, 4}};
  EXPECT_NEAR(matrix_norm(a).item<double>(), 5.477226, 1e-6);
  EXPECT_EQ(matrix_norm(a, MatrixNorm::one).item<double>(), 6);
  EXPECT_EQ(matrix_norm(a, MatrixNorm::infinity).item<double>(), 7);
  EXPECT_NEAR(matrix_norm(a, MatrixNorm::spectral).item<double>(), 5.464985704219043, 1e-6);
  EXPECT_NEAR(matrix_norm(a, MatrixNorm::nuclear).item<double>(), 5.8309518948453, 1e-6);
}

TEST(MatrixNorm, OfBatchesAndEmptyMatrices) {
  const Tensor batch = stack({Tensor{{1, 2}, {3, 4}}, Tensor{{0, 5}, {0, 0}}});
  EXPECT_THAT(matrix_norm(batch, MatrixNorm::one), near({6, 5}, 0));
  EXPECT_THAT(matrix_norm(batch, MatrixNorm::nuclear), near({5.8309519, 5}, 1e-6));
  EXPECT_EQ(matrix_norm(zeros({0, 3}), MatrixNorm::spectral).item<double>(), 0);
  EXPECT_EQ(error_of([] { matrix_norm(Tensor{1, 2}); }).code(), ErrorCode::shape);
}

TEST(Distance, BetweenAllPairsByBroadcasting) {
  const Tensor a{{0, 0}, {3, 4}}, b{{0, 0}, {3, 0}, {0, 4}};
  const Tensor all = distance(expand_dims(a, 1), b);
  ASSERT_EQ(all.shape(), (Shape{2, 3}));
  EXPECT_THAT(all, near({0, 3, 4, 5, 4, 3}, 1e-6));
  EXPECT_EQ(distance(Tensor{1, 2}, Tensor{4, -2}, 1).item<double>(), 7);
  EXPECT_EQ(distance(Tensor{1, 2}, Tensor{4, -2}, kInfinityNorm).item<double>(), 4);
}

TEST(CosineSimilarity, OfParallelOrthogonalAndZeroVectors) {
  const Tensor a{{1, 2}, {1, 0}, {1, 1}, {0, 0}}, b{{2, 4}, {0, 3}, {-1, 0}, {1, 1}};
  EXPECT_THAT(cosine_similarity(a, b), near({1, 0, -std::sqrt(0.5), 0}, 1e-6));
  EXPECT_LE(cosine_similarity(Tensor{0.1f, 0.7f}, Tensor{0.1f, 0.7f}).item<float>(), 1);
  const Tensor tiny = column_of({1e-200, 1e-200});
  EXPECT_NEAR(cosine_similarity(tiny, column_of({1, 0})).item<double>(), std::sqrt(0.5), 1e-15);
}

TEST(Rank, CountsSingularValuesAboveTheCutoff) {
  const Tensor a{{1, 2}, {2, 4}};
  EXPECT_EQ(rank(a).item<std::int64_t>(), 1);
  EXPECT_EQ(rank(eye(3, 5)).item<std::int64_t>(), 3);
  EXPECT_EQ(rank(zeros({3, 3})).item<std::int64_t>(), 0);
  EXPECT_EQ(rank(zeros({3, 0})).item<std::int64_t>(), 0);
  EXPECT_EQ(rank(Tensor{{1, 0}, {0, 0.01f}}, {.cutoff = 0.1}).item<std::int64_t>(), 1);
  EXPECT_EQ(rank(zeros({4, 3, 2})).shape(), Shape{4});
}

TEST(PseudoInverse, AgreesWithNumPyAndWithItsFourConditions) {
  const Tensor a = reshape(column_of({1, 2, 3, 4, 5, 6}), {3, 2});
  EXPECT_THAT(pseudo_inverse(a), near({-1.333333333333334, -0.333333333333333, 0.666666666666667,
                                       1.083333333333334, 0.333333333333333, -0.416666666666667},
                                      1e-14));
  for (const Shape& shape : {Shape{5, 3}, Shape{3, 5}, Shape{4, 4}}) {
    const Tensor left = random_normal(Key(1), {shape[0], 2}, 0, 1, DType::f64);
    const Tensor x =
        matmul(left, random_normal(Key(2), {2, shape[1]}, 0, 1, DType::f64));  // rank 2
    const Tensor p = pseudo_inverse(x);
    const auto same = [](const Tensor& u, const Tensor& v) {
      EXPECT_THAT(u, near(v.to_vector<double>(), 1e-13));
    };
    same(matmul(matmul(x, p), x), x);
    same(matmul(matmul(p, x), p), p);
    same(matmul(x, p), transpose(matmul(x, p)));
    same(matmul(p, x), transpose(matmul(p, x)));
  }
}

TEST(ConditionNumber, ByEveryNorm) {  // NumPy
  const Tensor a = reshape(column_of({1, 2, 3, 4}), {2, 2});
  EXPECT_NEAR(condition_number(a).item<double>(), 14.933034373659265, 1e-13);
  EXPECT_NEAR(condition_number(a, MatrixNorm::one).item<double>(), 21, 1e-13);
  EXPECT_NEAR(condition_number(a, MatrixNorm::infinity).item<double>(), 21, 1e-13);
  EXPECT_NEAR(condition_number(a, MatrixNorm::frobenius).item<double>(), 15, 1e-13);
  EXPECT_EQ(condition_number(zeros({2, 2})).item<double>(), testing::kInfinity);
  EXPECT_EQ(error_of([] {
              condition_number(zeros({2, 2}), MatrixNorm::one).eval();
            }).code(),
            ErrorCode::numeric);
  EXPECT_EQ(error_of([] { condition_number(zeros({0, 0})); }).code(), ErrorCode::shape);
}

TEST(Trace, IsTheSumOfTheDiagonal) {
  EXPECT_EQ(trace(Tensor{{1, 2}, {3, 4}}).item<double>(), 5);
  EXPECT_EQ(trace(Tensor{{1, 2, 3}, {4, 5, 6}}).item<double>(), 6);
  EXPECT_EQ(trace(zeros({0, 0})).item<double>(), 0);
  EXPECT_EQ(error_of([] { trace(Tensor{1}); }).code(), ErrorCode::shape);
}

}  // namespace
}  // namespace gradus::linalg
