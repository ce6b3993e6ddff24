// Matrices large enough for the library's own reductions, by LAPACK's scaled residuals.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/linalg/eigen.h"
#include "gradus/linalg/svd.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "tests/linalg/hard_matrices.h"
#include "tests/support/tensors.h"

namespace gradus::linalg {
namespace {

using testing::departure;
using testing::Named;
using testing::near;
using testing::Plain;
using testing::scaled;

constexpr double kBound = 30;

double unit_of(DType dtype) { return dtype == DType::f32 ? 1.2e-7 : 2.3e-16; }

void expect_eigen(const Plain& a, DType dtype) {
  const SymmetricEigen pairs = eigh(a.tensor(dtype));
  const Plain v(pairs.vectors);
  const auto w = pairs.values.to_vector<double>();
  EXPECT_TRUE(std::is_sorted(w.begin(), w.end()));
  EXPECT_LE(scaled(v * Plain::diagonal(w) * v.transposed() - a, a.norm(), dtype), kBound);
  EXPECT_LE(departure(v, dtype), kBound);
  EXPECT_THAT(eigvalsh(a.tensor(dtype)), near(w, kBound * unit_of(dtype) * a.norm()));
}

void expect_singular(const Plain& a, DType dtype) {
  const Svd parts = svd(a.tensor(dtype));
  const Plain u(parts.u), vh(parts.vh);
  const auto s = parts.s.to_vector<double>();
  EXPECT_TRUE(std::is_sorted(s.rbegin(), s.rend()));
  EXPECT_LE(scaled(u * Plain::diagonal(s) * vh - a, a.norm(), dtype), kBound);
  EXPECT_LE(departure(u, dtype), kBound);
  EXPECT_LE(departure(vh.transposed(), dtype), kBound);
  EXPECT_THAT(svdvals(a.tensor(dtype)), near(s, kBound * unit_of(dtype) * a.norm()));
}

class LargeDecomposition : public ::testing::TestWithParam<std::string> {};

TEST_P(LargeDecomposition, HasSmallResiduals) {
  for (const Named& named : testing::hard_square_matrices(197)) {
    if (named.name != GetParam()) continue;
    expect_singular(named.matrix, DType::f64);
    Plain symmetric = named.matrix;
    for (std::int64_t i = 0; i < symmetric.rows; ++i) {
      for (std::int64_t j = 0; j < i; ++j) symmetric(i, j) = symmetric(j, i);
    }
    expect_eigen(symmetric, DType::f64);
  }
}

INSTANTIATE_TEST_SUITE_P(HardMatrices, LargeDecomposition,
                         ::testing::Values("random", "Hilbert", "Kahan", "Wilkinson", "graded",
                                           "repeated values", "rank 2", "zero", "identity"),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::replace(text.begin(), text.end(), ' ', '_');
                           return text;
                         });

TEST(LargeDecompositions, OfWideAndTallMatricesAndInSinglePrecision) {
  expect_singular(testing::random_plain(200, 260, 1), DType::f64);
  expect_singular(testing::random_plain(260, 200, 2), DType::f64);
  Plain a(testing::random_plain(200, 200, 3).tensor(DType::f32));
  expect_singular(a, DType::f32);
  for (std::int64_t i = 0; i < 200; ++i) {
    for (std::int64_t j = 0; j < i; ++j) a(i, j) = a(j, i);
  }
  expect_eigen(a, DType::f32);
}

TEST(LargeDecompositions, ScalesOfTheMatrixDoNotMatter) {
  const Tensor a = random_normal(Key(1), {200, 200}, 0, 1, DType::f64);
  const auto values = svdvals(a).to_vector<double>(), pairs = eigvalsh(a).to_vector<double>();
  for (const int exponent : {1000, -1000}) {
    const double scale = std::ldexp(1.0, exponent), back = std::ldexp(1.0, -exponent / 2);
    EXPECT_THAT(svdvals(a * scale) * back * back, near(values, 1e-12));
    EXPECT_THAT(eigvalsh(a * scale) * back * back, near(pairs, 1e-12));
  }
}

TEST(LargeDecompositions, HasTheSameBitsAtAnyThreadCountAndInABatch) {
  const Tensor batch = random_normal(Key(1), {2, 300, 300}, 0, 1, DType::f64);
  const Tensor a = select(batch, 0, 1);
  const int threads = thread_count();
  const auto bits = [](const Tensor& x) {
    std::vector<double> all;
    for (const Tensor& part : {svd(x).u, svd(x).vh, svdvals(x), eigh(x).vectors, eigvalsh(x)}) {
      const Tensor last = x.rank() == 3 ? select(part, 0, 1) : part;
      const auto values = last.to_vector<double>();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  };
  set_thread_count(1);
  const auto one = bits(a);
  set_thread_count(3);
  EXPECT_EQ(one, bits(a));
  EXPECT_EQ(one, bits(batch));
  EXPECT_EQ(thread_count(), 3);
  set_thread_count(threads);
}

}  // namespace
}  // namespace gradus::linalg
