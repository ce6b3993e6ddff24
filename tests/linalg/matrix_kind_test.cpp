#include "gradus/linalg/matrix_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/linalg/low_rank.h"
#include "gradus/linalg/rank.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/triangle.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::linalg {
namespace {

using testing::error_of;
using testing::near;

TEST(MatrixKind, Shapes) {
  EXPECT_TRUE(is_row(row_vector(Tensor{1, 2})));
  EXPECT_TRUE(is_column(column_vector(Tensor{1, 2})));
  EXPECT_FALSE(is_row(column_vector(Tensor{1, 2})));
  EXPECT_TRUE(is_square(eye(3, 3)));
  EXPECT_FALSE(is_square(eye(3, 2)));
  EXPECT_EQ(error_of([] { is_square(Tensor{1}); }).code(), ErrorCode::shape);
}

TEST(MatrixKind, Values) {
  const Tensor a{{1, 2}, {3, 4}}, nan{{testing::kNan, 0}, {0, 1}};
  EXPECT_TRUE(is_zero(zeros({2, 3})));
  EXPECT_FALSE(is_zero(a));
  EXPECT_TRUE(is_diagonal(Tensor{{1, 0}, {0, 2}}));
  EXPECT_TRUE(is_diagonal(Tensor{{1, 1e-9f}, {0, 2}}));
  EXPECT_FALSE(is_diagonal(Tensor{{1, 1e-9f}, {0, 2}}, {.relative = 0}));
  EXPECT_TRUE(is_upper_triangular(Tensor{{1, 5}, {0, 2}}));
  EXPECT_FALSE(is_lower_triangular(Tensor{{1, 5}, {0, 2}}));
  EXPECT_TRUE(is_identity(eye(4, 4)));
  EXPECT_FALSE(is_identity(eye(4, 4) * 1.01));
  EXPECT_TRUE(is_symmetric(Tensor{{1, 2}, {2, 5}}));
  EXPECT_FALSE(is_symmetric(a));
  EXPECT_FALSE(is_symmetric(nan));
  EXPECT_FALSE(is_diagonal(nan));
  EXPECT_TRUE(is_symmetric(Tensor::from(std::vector<int>{1, 2, 2, 1}, Shape{2, 2})));
  const float c = std::cos(0.3f), s = std::sin(0.3f);
  EXPECT_TRUE(is_orthogonal(Tensor{{c, -s}, {s, c}}));
  EXPECT_FALSE(is_orthogonal(a));
}

TEST(MatrixKind, SingularIsAMatterOfCondition) {
  EXPECT_TRUE(is_singular(Tensor{{1, 2}, {2, 4}}));
  // Determinant 1e-100, and as far from singular as can be.
  EXPECT_FALSE(is_singular(eye(100, 100, 0, DType::f64) * 0.1));
  // Determinant 1, and singular to working precision.
  EXPECT_TRUE(is_singular(diagonal_matrix(Tensor{1e6f, 1e-6f})));
  EXPECT_FALSE(is_singular(diagonal_matrix(Tensor{1e6f, 1e-6f}), {.relative = 0}));
  EXPECT_EQ(error_of([] { is_singular(Tensor{{1, 2}}); }).code(), ErrorCode::shape);
}

TEST(MatrixKind, PositiveDefinite) {
  EXPECT_TRUE(is_positive_definite(Tensor{{2, 1}, {1, 2}}));
  EXPECT_FALSE(is_positive_definite(Tensor{{1, 2}, {2, 1}}));
  EXPECT_FALSE(is_positive_definite(Tensor{{2, 1}, {0, 2}}));  // not symmetric
  EXPECT_FALSE(is_positive_definite(zeros({2, 2})));
}

TEST(MatrixKind, RandomMatricesAreOfTheirKind) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_TRUE(is_orthogonal(random_orthogonal(Key(seed), 6)));
    EXPECT_TRUE(is_symmetric(random_symmetric(Key(seed), 6)));
    const Tensor p = random_positive_definite(Key(seed), 6, 1000, DType::f64);
    EXPECT_TRUE(is_positive_definite(p));
    EXPECT_NEAR(condition_number(p).item<double>(), 1000, 1e-8);
  }
  EXPECT_THAT(symmetric_part(Tensor{{1, 2}, {4, 3}}), near({1, 3, 3, 3}, 0));
  EXPECT_EQ(error_of([] { random_positive_definite(Key(1), 3, 0.5); }).code(),
            ErrorCode::invalid_argument);
}

/// Singular values 1, 1/2, 1/4, ...
Tensor falling(std::int64_t m, std::int64_t n) {
  const Tensor u = slice(random_orthogonal(Key(1), m, DType::f64), 1, {0, n});
  const Tensor s =
      power(Tensor::scalar(0.5, DType::f64), arange(0, static_cast<double>(n), 1, DType::f64));
  return matmul(u * s, random_orthogonal(Key(2), n, DType::f64));
}

TEST(LowRank, IsAsFarAwayAsTheNextSingularValue) {
  const Tensor a = falling(12, 8);
  for (const std::int64_t k : {1, 3, 8}) {
    const double rest = k == 8 ? 0 : std::pow(0.5, k);
    EXPECT_NEAR(matrix_norm(a - low_rank(a, k), MatrixNorm::spectral).item<double>(), rest, 1e-14);
  }
  EXPECT_EQ(testing::message_of([&] { low_rank(a, 9); }),
            "truncated_svd: a rank k of f64[12, 8] lies in 1 ... 8, not 9");
  EXPECT_EQ(error_of([&] { truncated_svd(a, 0); }).code(), ErrorCode::invalid_argument);
}

TEST(LowRank, RandomizedFactorsAreNearlyThoseOfTheWhole) {
  const Tensor a = falling(60, 40);
  const Svd whole = truncated_svd(a, 5), found = randomized_svd(Key(3), a, 5);
  ASSERT_EQ(found.u.shape(), (Shape{60, 5}));
  EXPECT_THAT(found.s, near(whole.s.to_vector<double>(), 1e-12));
  EXPECT_THAT(found.vh, near(whole.vh.to_vector<double>(), 1e-6));
  EXPECT_THAT(compose(found), near(low_rank(a, 5).to_vector<double>(), 1e-6));
  const Svd all = randomized_svd(Key(3), slice(a, 0, {0, 4}), 4);
  EXPECT_THAT(compose(all), near(slice(a, 0, {0, 4}).to_vector<double>(), 1e-14));
  EXPECT_EQ(error_of([&] { randomized_svd(Key(3), a, 5, {.iterations = -1}); }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::linalg
