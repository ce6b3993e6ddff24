#include "gradus/linalg/qr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::linalg {
namespace {

using testing::error_of;
using testing::near;

TEST(Qr, OfTwoColumnsMatchesGramSchmidt) {
  // The columns (3, 4) and (2, 1): lengths 5 and, of what is left over, 1.
  const Qr factors = qr(Tensor{{3, 2}, {4, 1}});
  const auto q = factors.q.to_vector<double>();
  const auto r = factors.r.to_vector<double>();
  const double sign = q[0] > 0 ? 1 : -1;
  EXPECT_NEAR(sign * q[0], 0.6, 1e-6);
  EXPECT_NEAR(sign * q[2], 0.8, 1e-6);
  EXPECT_NEAR(sign * r[0], 5, 1e-6);
  EXPECT_NEAR(sign * r[1], 2, 1e-6);
  EXPECT_NEAR(std::abs(r[3]), 1, 1e-6);
  EXPECT_EQ(r[2], 0);
}

TEST(Qr, FactorsMultiplyToTheMatrixAndQIsOrthonormal) {
  for (const Shape& shape : {Shape{7, 4}, Shape{4, 7}, Shape{5, 5}, Shape{1, 3}, Shape{60, 40}}) {
    const Tensor a = random_normal(Key(3), shape, 0, 1, DType::f64);
    const Qr factors = qr(a);
    const std::int64_t k = std::min(shape[0], shape[1]);
    ASSERT_EQ(factors.q.shape(), (Shape{shape[0], k}));
    ASSERT_EQ(factors.r.shape(), (Shape{k, shape[1]}));
    EXPECT_THAT(matmul(factors.q, factors.r), near(a.to_vector<double>(), 1e-13));
    const auto gram = matmul(transpose(factors.q), factors.q).to_vector<double>();
    const auto r = factors.r.to_vector<double>();
    for (std::int64_t i = 0; i < k; ++i) {
      for (std::int64_t j = 0; j < k; ++j) {
        EXPECT_NEAR(gram[static_cast<std::size_t>(i * k + j)], i == j, 1e-13);
        if (j < i) {
          EXPECT_EQ(r[static_cast<std::size_t>(i * shape[1] + j)], 0);
        }
      }
    }
  }
}

TEST(Qr, OfALargeMatrixHasTheSameBitsAtAnyThreadCount) {
  const Tensor a = random_normal(Key(3), {300, 200});
  const int threads = thread_count();
  set_thread_count(1);
  const auto one = qr(a).q.to_vector<float>();
  set_thread_count(2);
  const auto two = qr(a).q.to_vector<float>();
  EXPECT_EQ(thread_count(), 2);
  set_thread_count(threads);
  EXPECT_EQ(one, two);
}

TEST(Qr, OfAnEmptyMatrixIsEmpty) {
  const Qr factors = qr(Tensor::from(std::vector<float>(), Shape{3, 0}));
  EXPECT_EQ(factors.q.shape(), (Shape{3, 0}));
  EXPECT_EQ(factors.r.shape(), (Shape{0, 0}));
}

TEST(Qr, RefusesWhatIsNoMatrixOfFloats) {
  EXPECT_STREQ(error_of([] {
                 qr(Tensor{1, 2});
               }).what(),
               "qr: takes matrices (..., m, n), not f32[2]");
  EXPECT_EQ(error_of([] {
              qr(Tensor::from(std::vector<int>{1}, Shape{1, 1}));
            }).code(),
            ErrorCode::dtype);
  EXPECT_EQ(error_of([] { qr(Tensor{{1, NAN}, {0, 1}}).q.eval(); }).code(), ErrorCode::numeric);
}

}  // namespace
}  // namespace gradus::linalg
