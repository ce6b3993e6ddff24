#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/core/compile.h"
#include "gradus/linalg.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "tests/linalg/hard_matrices.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::linalg {
namespace {

using testing::departure;
using testing::error_of;
using testing::message_of;
using testing::Named;
using testing::near;
using testing::Plain;
using testing::scaled;

constexpr double kLimit = 30;  // LAPACK's own, in units of rounding

/// Calls f(name, matrix, dtype) over hard matrices and both types, 1 x 1 included.
template <class F>
void over_hard_matrices(F f) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const std::int64_t n : {1, 2, 5, 24}) {
      for (const Named& named : testing::hard_square_matrices(n)) {
        SCOPED_TRACE(named.name + " " + std::to_string(n) + " " + std::string(name_of(dtype)));
        f(Plain(named.matrix.tensor(dtype)), dtype);
      }
    }
    for (const Shape& shape : {Shape{7, 3}, Shape{3, 7}, Shape{1, 5}, Shape{40, 1}}) {
      SCOPED_TRACE(shape.to_string());
      f(Plain(testing::random_plain(shape[0], shape[1], 3).tensor(dtype)), dtype);
    }
  }
}

Plain rows_in_order(const Plain& a, const std::vector<std::int64_t>& order) {
  Plain result(a.rows, a.columns);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < a.columns; ++j) {
      result(i, j) = a(order[static_cast<std::size_t>(i)], j);
    }
  }
  return result;
}

TEST(Factorization, LuHasSmallResidualsOnHardMatrices) {
  over_hard_matrices([](const Plain& a, DType dtype) {
    const Lu factors = lu(a.tensor(dtype));
    const Plain l(factors.l), u(factors.u);
    const Plain rows = rows_in_order(a, factors.permutation.to_vector<std::int64_t>());
    EXPECT_LE(scaled(l * u - rows, a.norm(), dtype), kLimit);
    for (const double value : l.values) EXPECT_LE(std::abs(value), 1);
  });
}

TEST(Factorization, QrHasSmallResidualsOnHardMatrices) {
  over_hard_matrices([](const Plain& a, DType dtype) {
    for (const QrMode mode : {QrMode::reduced, QrMode::complete}) {
      const Qr factors = qr(a.tensor(dtype), mode);
      const Plain q(factors.q), r(factors.r);
      EXPECT_EQ(q.columns, mode == QrMode::complete ? a.rows : std::min(a.rows, a.columns));
      EXPECT_LE(scaled(q * r - a, a.norm(), dtype), kLimit);
      EXPECT_LE(departure(q, dtype), kLimit);
      const PivotedQr pivoted = pivoted_qr(a.tensor(dtype), mode);
      const Plain columns =
          rows_in_order(a.transposed(), pivoted.permutation.to_vector<std::int64_t>()).transposed();
      const Plain p(pivoted.q), t(pivoted.r);
      EXPECT_LE(scaled(p * t - columns, a.norm(), dtype), kLimit);
      EXPECT_LE(departure(p, dtype), kLimit);
    }
  });
}

TEST(Factorization, EighHasSmallResidualsOnHardMatrices) {
  over_hard_matrices([](const Plain& given, DType dtype) {
    if (given.rows != given.columns) return;
    Plain a = given;
    for (std::int64_t i = 0; i < a.rows; ++i) {
      for (std::int64_t j = 0; j < i; ++j) a(i, j) = a(j, i);
    }
    const SymmetricEigen pairs = eigh(a.tensor(dtype));
    const Plain v(pairs.vectors);
    const auto w = pairs.values.to_vector<double>();
    EXPECT_TRUE(std::is_sorted(w.begin(), w.end()));
    EXPECT_LE(scaled(v * Plain::diagonal(w) * v.transposed() - a, a.norm(), dtype), kLimit);
    EXPECT_LE(departure(v, dtype), kLimit);
    const double unit = dtype == DType::f32 ? 1.2e-7 : 2.3e-16;
    EXPECT_THAT(eigvalsh(a.tensor(dtype)), near(w, kLimit * unit * a.norm()));
  });
}

TEST(Factorization, SvdHasSmallResidualsOnHardMatrices) {
  over_hard_matrices([](const Plain& a, DType dtype) {
    for (const SvdMode mode : {SvdMode::thin, SvdMode::full}) {
      const Svd parts = svd(a.tensor(dtype), mode);
      const Plain u(parts.u), vh(parts.vh);
      const auto s = parts.s.to_vector<double>();
      Plain middle(u.columns, vh.rows);
      for (std::size_t k = 0; k < s.size(); ++k) {
        middle(static_cast<std::int64_t>(k), static_cast<std::int64_t>(k)) = s[k];
      }
      EXPECT_EQ(u.columns, mode == SvdMode::full ? a.rows : std::min(a.rows, a.columns));
      EXPECT_TRUE(std::is_sorted(s.rbegin(), s.rend()));
      EXPECT_LE(scaled(u * middle * vh - a, a.norm(), dtype), kLimit);
      EXPECT_LE(departure(u, dtype), kLimit);
      EXPECT_LE(departure(vh.transposed(), dtype), kLimit);
      const double unit = dtype == DType::f32 ? 1.2e-7 : 2.3e-16;
      EXPECT_THAT(svdvals(a.tensor(dtype)), near(s, kLimit * unit * a.norm()));
    }
  });
}

TEST(Factorization, CholeskyHasSmallResidualsOnHardPositiveMatrices) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const std::int64_t n : {1, 2, 5, 24}) {
      for (const Named& named : testing::hard_square_matrices(n)) {
        // a a^T + |a| 1e-4 is positive definite in both types, with condition numbers up to 1e4
        // |a|.
        Plain a = named.matrix * named.matrix.transposed();
        for (std::int64_t i = 0; i < n; ++i) a(i, i) += 1e-3 * std::max(1.0, a.norm());
        const Plain rounded(a.tensor(dtype));
        const Plain l(cholesky(rounded.tensor(dtype)));
        EXPECT_LE(scaled(l * l.transposed() - rounded, rounded.norm(), dtype), kLimit)
            << named.name << " " << n;
      }
    }
  }
}

TEST(Factorization, SolutionsHaveSmallResidualsOnHardMatrices) {
  over_hard_matrices([](const Plain& a, DType dtype) {
    if (a.rows != a.columns) return;
    const Plain b(testing::random_plain(a.rows, 3, 11).tensor(dtype));
    Tensor found;
    try {
      found = solve(a.tensor(dtype), b.tensor(dtype)).eval();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::numeric);  // singular in exact arithmetic
      return;
    }
    const Plain x(found);
    EXPECT_LE(scaled(a * x - b, a.norm() * x.norm(), dtype), kLimit);
  });
}

TEST(Factorization, TheInverseHasSmallResiduals) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const std::int64_t n : {1, 5, 24}) {
      const Plain a(testing::random_plain(n, n, 5).tensor(dtype));
      const Plain x(inverse(a.tensor(dtype)));
      EXPECT_LE(scaled(a * x - Plain::identity(n), a.norm() * x.norm(), dtype), kLimit);
    }
  }
}

TEST(Factorization, OfEmptyMatricesIsEmpty) {
  const auto empty = [](const Shape& shape) { return Tensor::from(std::vector<double>(), shape); };
  EXPECT_EQ(cholesky(empty({0, 0})).eval().shape(), (Shape{0, 0}));
  EXPECT_EQ(qr(empty({3, 0})).q.eval().shape(), (Shape{3, 0}));
  EXPECT_THAT(qr(empty({2, 0}), QrMode::complete).q, near({1, 0, 0, 1}, 0));
  EXPECT_EQ(lu(empty({0, 4})).u.eval().shape(), (Shape{0, 4}));
  EXPECT_EQ(eigh(empty({0, 0})).values.eval().shape(), Shape{0});
  EXPECT_EQ(svd(empty({0, 3})).vh.eval().shape(), (Shape{0, 3}));
  EXPECT_THAT(svd(empty({0, 2}), SvdMode::full).vh, near({1, 0, 0, 1}, 0));
  EXPECT_EQ(solve(empty({0, 0}), empty({0, 2})).eval().shape(), (Shape{0, 2}));
  EXPECT_EQ(determinant(empty({0, 0})).item<double>(), 1);
  EXPECT_EQ(solve(empty({0, 2, 2}), empty({0, 2, 1})).eval().shape(), (Shape{0, 2, 1}));
}

TEST(Factorization, MatricesThatAreNotFiniteAreRefusedByName) {
  const Tensor batch{{{1, 0}, {0, 1}}, {{1, testing::kNan}, {0, 1}}};
  const Tensor infinite{{1, testing::kInfinity}, {0, 1}};
  EXPECT_EQ(message_of([&] { svd(batch).s.eval(); }), "svd: matrix 1 of the batch holds NaN");
  EXPECT_EQ(message_of([&] { eigh(infinite).values.eval(); }),
            "eigh: the matrix holds an infinity");
  EXPECT_EQ(message_of([&] { qr(infinite).r.eval(); }), "qr: the matrix holds an infinity");
  EXPECT_EQ(message_of([&] { lu(batch).u.eval(); }), "lu: matrix 1 of the batch holds NaN");
  EXPECT_EQ(message_of([&] { cholesky(batch).eval(); }),
            "cholesky: matrix 1 of the batch holds NaN");
  EXPECT_EQ(error_of([&] { inverse(batch).eval(); }).code(), ErrorCode::numeric);
  EXPECT_EQ(error_of([&] { determinant(batch).eval(); }).code(), ErrorCode::numeric);
  EXPECT_EQ(error_of([&] { solve(batch, Tensor{1, 2}).eval(); }).code(), ErrorCode::numeric);
}

TEST(Factorization, WhatHasNoSolutionSaysWhy) {
  EXPECT_EQ(message_of([] {
              solve(Tensor{{1, 2}, {2, 4}}, Tensor{1, 2}).eval();
            }),
            "solve: the matrix is singular: pivot 1 of its LU factors is zero");
  EXPECT_EQ(message_of([] {
              inverse(Tensor{{1, 2}, {2, 4}}).eval();
            }),
            "inverse: the matrix is singular: pivot 1 of its LU factors is zero");
  EXPECT_EQ(message_of([] {
              solve_triangular(Tensor{{1, 2}, {2, 0}}, Tensor{1, 2}).eval();
            }),
            "solve_triangular: the matrix is singular: element 1 of its diagonal is zero");
  EXPECT_EQ(message_of([] {
              cholesky(Tensor{{1, 2}, {2, 1}}).eval();
            }),
            "cholesky: the matrix is not positive definite: its leading minor of order 2 is not");
}

TEST(Factorization, WrongShapesAndTypesAreNamed) {
  EXPECT_EQ(message_of([] {
              inverse(Tensor{{1, 2, 3}, {4, 5, 6}});
            }),
            "inverse: takes square matrices (..., n, n), not f32[2, 3]");
  EXPECT_EQ(message_of([] { svd(Tensor{1, 2}); }), "svd: takes matrices (..., m, n), not f32[2]");
  EXPECT_EQ(message_of([] {
              solve(Tensor{{1, 2}, {3, 4}}, Tensor{1, 2, 3});
            }),
            "solve: takes matrices (..., m, n) and right sides (m) or (..., m, k), not [2, 2] and "
            "[3]");
  EXPECT_EQ(message_of([] {
              eigh(Tensor::from(std::vector<int>{1}, Shape{1, 1}));
            }),
            "eigh: takes f32 or f64, not i32[1, 1]");
  EXPECT_EQ(error_of([] { cholesky(Tensor()); }).code(), ErrorCode::invalid_argument);
}

TEST(Factorization, BatchesAreTheirMatricesOneByOne) {
  const Tensor a = random_normal(Key(5), {2, 3, 4, 4}, 0, 1, DType::f64);
  const Tensor u = svd(a).u, inverses = inverse(a), values = eigvalsh(a);
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      const auto part = [&](const Tensor& x) { return select(select(x, 0, i), 0, j); };
      EXPECT_EQ(part(u).to_vector<double>(), svd(part(a)).u.to_vector<double>());
      EXPECT_EQ(part(inverses).to_vector<double>(), inverse(part(a)).to_vector<double>());
      EXPECT_EQ(part(values).to_vector<double>(), eigvalsh(part(a)).to_vector<double>());
    }
  }
}

TEST(Factorization, RightSidesBroadcast) {
  const Tensor a = random_normal(Key(5), {3, 1, 4, 4}, 0, 1, DType::f64);
  const Tensor b = random_normal(Key(6), {2, 4, 2}, 0, 1, DType::f64);
  const Tensor x = solve(a, b);
  ASSERT_EQ(x.shape(), (Shape{3, 2, 4, 2}));
  EXPECT_THAT(matmul(a, x), near(broadcast_to(b, {3, 2, 4, 2}).to_vector<double>(), 1e-12));
  const Tensor vector = random_normal(Key(7), {4}, 0, 1, DType::f64);
  ASSERT_EQ(solve(a, vector).shape(), (Shape{3, 1, 4}));
}

TEST(Factorization, HasTheSameBitsAtAnyThreadCount) {
  const Tensor a = random_normal(Key(3), {150, 150});
  const Tensor batch = random_normal(Key(3), {9, 40, 40});
  const int threads = thread_count();
  const auto results = [&](int count) {
    set_thread_count(count);
    std::vector<float> all;
    for (const Tensor& x : {qr(a).q, svd(a).u, eigh(a).vectors, lu(a).u, inverse(a),
                            solve(batch, batch), svd(batch).vh}) {
      const auto values = x.to_vector<float>();
      all.insert(all.end(), values.begin(), values.end());
    }
    EXPECT_EQ(thread_count(), count);
    return all;
  };
  const auto one = results(1), two = results(2);
  set_thread_count(threads);
  EXPECT_EQ(one, two);
}

TEST(Factorization, StandsInCompiledFunctions) {
  const auto f = [](const Tensor& a, const Tensor& b) -> Tensors {
    return {svd(a).u, eigh(a).vectors, solve(a, b), qr(a).r, determinant(a)};
  };
  auto compiled = compile(f);
  for (const std::int64_t n : {6, 200}) {  // by LAPACK alone and by the library's reductions
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const Tensor a = random_normal(Key(seed), {n, n}), b = random_normal(Key(seed + 9), {n, 2});
      const Tensors plain = f(a, b), planned = compiled(a, b);
      for (std::size_t k = 0; k < plain.size(); ++k) {
        EXPECT_EQ(planned[k].to_vector<float>(), plain[k].to_vector<float>()) << n << ", " << k;
      }
    }
  }
}

TEST(Solve, PositiveDefiniteAndTriangularSystemsAgreeWithTheirDefinition) {
  const Tensor l{{2, 0}, {1, 3}};
  const Tensor a = matmul(l, transpose(l));  // [[4, 2], [2, 10]]
  EXPECT_THAT(cholesky(a), near({2, 0, 1, 3}, 1e-6));
  EXPECT_THAT(solve_positive_definite(a, Tensor{8, 22}), near({1, 2}, 1e-6));
  EXPECT_THAT(solve_triangular(l, Tensor{2, 7}), near({1, 2}, 1e-6));
  const TriangularOptions upper{.triangle = Triangle::upper, .unit_diagonal = true};
  EXPECT_THAT(solve_triangular(Tensor{{9, 5}, {9, 9}}, Tensor{11, 2}, upper), near({1, 2}, 1e-6));
}

TEST(Determinant, OfLargeAndSingularMatrices) {
  EXPECT_NEAR(determinant(Tensor{{1, 2}, {3, 4}}).item<double>(), -2, 1e-6);
  EXPECT_EQ(determinant(Tensor{{1, 2}, {2, 4}}).item<double>(), 0);
  // 1e30 * 1e30 * 1e-30 * 1e-30 overflows f32 on the way from left to right.
  const Tensor wide = diagonal_matrix(Tensor{1e30f, 1e30f, 1e-30f, 1e-30f});
  EXPECT_NEAR(determinant(wide).item<double>(), 1, 1e-5);
  const SignedLogDeterminant large = log_determinant(-diagonal_matrix(full({101}, 1e30)));
  EXPECT_EQ(large.sign.item<double>(), -1);
  EXPECT_NEAR(large.logarithm.item<double>(), 101 * std::log(1e30), 1e-3);
  const SignedLogDeterminant none = log_determinant(Tensor{{1, 2}, {2, 4}});
  EXPECT_EQ(none.sign.item<double>(), 0);
  EXPECT_EQ(none.logarithm.item<double>(), -std::numeric_limits<double>::infinity());
}

TEST(Determinant, HasADerivativeAtASingularMatrix) {
  // d det / da is the matrix of cofactors, [[4, -2], [-2, 1]] of [[1, 2], [2, 4]].
  const Tensor gradient =
      grad([](const Tensor& a) { return determinant(a); })(Tensor{{1, 2}, {2, 4}});
  EXPECT_THAT(gradient, near({4, -2, -2, 1}, 1e-6));
}

// Where eigenvalues or singular values repeat, functions of their space still have gradients.

TEST(RepeatedValues, ASpaceHasItsGradient) {
  // Of diag(1, 1, 3) the projector p onto the last eigenvector changes by dp_02 = da_02 / (3 - 1),
  // where da is the symmetric part of a change.
  const auto of_projector = grad([](const Tensor& a) {
    const Tensor v = slice(eigh(a).vectors, -1, {2});
    return select(select(matmul(v, matrix_transpose(v)), 0, 0), 0, 2);
  });
  const Tensor a = diagonal_matrix(Tensor::from(std::vector<double>{1, 1, 3}));
  EXPECT_THAT(of_projector(a), near({0, 0, 0.25, 0, 0, 0, 0.25, 0, 0}, 1e-14));
}

TEST(RepeatedValues, TheSumOfSingularValuesHasItsGradient) {
  // The gradient of the nuclear norm is u v^T: of an orthogonal matrix, itself.
  const Tensor rotation = Tensor::from(std::vector<double>{0, -1, 1, 0}, Shape{2, 2});
  const auto nuclear = grad([](const Tensor& a) { return sum(svdvals(a)); });
  EXPECT_THAT(nuclear(rotation), near({0, -1, 1, 0}, 1e-12));
}

}  // namespace
}  // namespace gradus::linalg
