// Expected values: the course's worked examples, closed forms, and NumPy 2.4.6, SciPy 1.17.1 and
// mpmath where it says so.

#include "gradus/linalg/eigen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/linalg/matrix_function.h"
#include "gradus/linalg/svd.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "gradus/ops/triangle.h"
#include "tests/linalg/hard_matrices.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::linalg {
namespace {

using testing::error_of;
using testing::message_of;
using testing::near;
using testing::Plain;

Tensor matrix(const std::vector<double>& values) {
  const auto n = static_cast<std::int64_t>(std::sqrt(static_cast<double>(values.size())));
  return Tensor::from(values, Shape{n, n});
}

TEST(Eig, TheWorkedExampleOfTheCourse) {
  // Of [[4, 1], [2, 3]]: 5 and 2, vectors along (1, 1) and (1, -2).
  const Eigen pairs = eig(Tensor{{4, 1}, {2, 3}});
  EXPECT_THAT(pairs.values.real, near({5, 2}, 1e-5));
  EXPECT_THAT(pairs.values.imaginary, near({0, 0}, 0));
  const double r = std::sqrt(0.5), s = std::sqrt(0.2);
  EXPECT_THAT(pairs.vectors.real, near({r, -s, r, 2 * s}, 1e-6));
}

TEST(Eig, SingularValuesOfTheCourse) {
  const Tensor a = Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, Shape{3, 2});
  EXPECT_THAT(svdvals(a), near({9.525518, 0.514301}, 5e-7));
}

TEST(Eig, PairsOfComplexValuesAreThoseOfNumPy) {
  const Eigen pairs = eig(matrix({1, -2, 0.5, 3, 1, 0, 0.25, 0.5, -2}));
  EXPECT_THAT(pairs.values.real,
              near({0.987264672216029, 0.987264672216029, -1.974529344432056}, 1e-14));
  EXPECT_THAT(pairs.values.imaginary, near({2.408126782172705, -2.408126782172705, 0}, 1e-14));
  // NumPy makes the same element real, but negative.
  EXPECT_THAT(select(pairs.vectors.real, 1, 0),
              near({-0.003290877917557, 0.775216305393882, 0.103924252157598}, 1e-14));
  EXPECT_THAT(select(pairs.vectors.imaginary, 1, 0),
              near({0.62227304899866, 0, -0.031699405000518}, 1e-14));
}

TEST(Eig, ComposesTheMatrixAgainWhereItHasABasis) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const std::int64_t n : {1, 2, 5, 20}) {
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Plain a(testing::random_plain(n, n, seed).tensor(dtype));
        const Eigen pairs = eig(a.tensor(dtype));
        const Plain vr(pairs.vectors.real), vi(pairs.vectors.imaginary);
        const Plain wr = Plain::diagonal(pairs.values.real.to_vector<double>());
        const Plain wi = Plain::diagonal(pairs.values.imaginary.to_vector<double>());
        // LAPACK's measure for geev: |a v - v w| / (|a| n eps).
        EXPECT_LE(testing::scaled(a * vr - (vr * wr - vi * wi), a.norm(), dtype), 30);
        EXPECT_LE(testing::scaled(a * vi - vr * wi - vi * wr, a.norm(), dtype), 30);
      }
    }
  }
}

TEST(Eig, AMatrixWithoutABasisIsReported) {
  EXPECT_EQ(message_of([] {
              eig(matrix({1, 1, 0, 1})).values.real.eval();
            }),
            "eig: the matrix is defective to working precision: it has no basis of eigenvectors "
            "(eigenvalue 1 has too few); eigvals takes it");
  // Turned into another basis, rounding takes the two values apart; that must not hide it.
  const Tensor q = svd(random_normal(Key(4), {4, 4}, 0, 1, DType::f64)).u;
  const Tensor jordan = matrix({2, 1, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, -1});
  const Tensor turned = matmul(matmul(q, jordan), transpose(q));
  EXPECT_EQ(error_of([&] { eig(turned).values.real.eval(); }).code(), ErrorCode::numeric);
  EXPECT_THAT(eigvals(turned).real, near({3, 2, 2, -1}, 1e-6));  // sqrt(eps): a double value
  const Tensor block = matrix({2, 1, 0, 0, 2, 1, 0, 0, 2});
  EXPECT_EQ(error_of([&] { eig(block).values.real.eval(); }).code(), ErrorCode::numeric);
}

TEST(Eig, RepeatedValuesWithABasisAreNotReported) {
  EXPECT_THAT(eig(eye(3, 3)).values.real, near({1, 1, 1}, 0));
  EXPECT_THAT(eig(matrix({2, 0, 1, 0, 2, 0, 0, 0, 1})).values.real, near({2, 2, 1}, 1e-14));
  EXPECT_THAT(eig(zeros({2, 2})).vectors.real, near({1, 0, 0, 1}, 0));
}

TEST(Eig, IllConditionedVectorsAreNotReported) {
  // Eigenvalues 1 and 1 + 1e-4: nearly parallel vectors, a basis all the same.
  EXPECT_THAT(eig(matrix({1, 1, 0, 1.0001})).values.real, near({1.0001, 1}, 1e-11));
}

TEST(SpectralRadius, IsTheLargestMagnitude) {
  EXPECT_NEAR(spectral_radius(matrix({0, -3, 3, 0})).item<double>(), 3, 1e-14);
  EXPECT_NEAR(spectral_radius(matrix({1, 0, 0, -2})).item<double>(), 2, 1e-14);
}

TEST(MatrixExp, OfHardMatrices) {
  // mpmath, 30 digits: the example of Moler and Van Loan 1978 on which the series fails. A unit of
  // rounding in it, times its norm of 100, moves the exponential by 2e-14.
  EXPECT_THAT(
      matrix_exp(matrix({-49, 24, -64, 31})),
      near({-0.735758758144753, 0.551819099658098, -1.471517599088269, 1.103638240715573}, 2e-13));
  EXPECT_THAT(matrix_exp(matrix({0, 1e6, 0, 0})),
              near({1, 1e6, 0, 1}, 1e-9));  // nilpotent: a unit of 1e6
  // SciPy
  EXPECT_THAT(matrix_exp(matrix({1, -2, 0.5, 3, 1, 0, 0.25, 0.5, -2})),
              near({-2.006822037838526, -1.432893200998669, -0.070165676336402, 2.261093447563934,
                    -2.044073253193837, 0.447014584263724, 0.411931746095523, -0.219170537757643,
                    0.202230357234778},
                   1e-13));
}

TEST(MatrixExp, OfTheSumOfCommutingMatricesIsTheProduct) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Tensor a = random_normal(Key(seed), {5, 5}, 0, 1, DType::f64);
    const Tensor both = matmul(matrix_exp(a * 0.3), matrix_exp(a * 0.7));
    EXPECT_THAT(matrix_exp(a), near(both.to_vector<double>(), 1e-11));
  }
}

TEST(MatrixPower, OfAllSigns) {
  EXPECT_THAT(matrix_power(matrix({1, 1, 1, 0}), 10), near({89, 55, 55, 34}, 0));  // Fibonacci
  EXPECT_THAT(matrix_power(matrix({1, 2, 3, 4}), -2), near({5.5, -2.5, -3.75, 1.75}, 1e-13));
  EXPECT_THAT(matrix_power(matrix({1, 2, 3, 4}), 0), near({1, 0, 0, 1}, 0));
  EXPECT_EQ(message_of([] {
              matrix_power(Tensor{{1, 2, 3}}, 2);
            }),
            "matrix_power: takes square matrices (..., n, n), not f32[1, 3]");
}

TEST(MatrixFunction, RootAndLogarithmOfSymmetricMatrices) {  // SciPy
  const Tensor a = matrix({4, 1, 1, 3});
  EXPECT_THAT(
      matrix_sqrt(a),
      near({1.981577633135315, 0.270832206094179, 0.270832206094179, 1.710745427041136}, 1e-14));
  EXPECT_THAT(
      matrix_log(a),
      near({1.346984922338319, 0.296074571878268, 0.296074571878268, 1.050910350460051}, 1e-14));
  EXPECT_THAT(
      matrix_sqrt(matrix({1, 2, 2, 4})),  // singular: itself over the root of 5
      near({1 / std::sqrt(5), 2 / std::sqrt(5), 2 / std::sqrt(5), 4 / std::sqrt(5)}, 1e-14));
  EXPECT_EQ(error_of([] { matrix_sqrt(matrix({1, 2, 2, 1})).eval(); }).code(), ErrorCode::numeric);
  EXPECT_EQ(error_of([] { matrix_log(matrix({1, 2, 2, 1})).eval(); }).code(), ErrorCode::numeric);
  EXPECT_EQ(
      message_of([] {
        matrix_sqrt(matrix({1, 1, 0, 2})).eval();
      }),
      "matrix_sqrt: the matrix must be symmetric (matrix_function takes others); element 1 is "
      "1");
  EXPECT_EQ(message_of([] {
              matrix_log(matrix({1, 0, 1, 2})).eval();
            }),
            "matrix_log: the matrix must be symmetric (matrix_function takes others); element 1 is "
            "0");
}

TEST(MatrixFunction, TheRootHasItsGradientAtRepeatedEigenvalues) {
  // d a^(1/2) = da / 2 at the identity, for symmetric da.
  const auto gradient =
      grad([](const Tensor& a) { return select(select(matrix_sqrt(a), 0, 0), 0, 1); });
  EXPECT_THAT(gradient(matrix({1, 0, 0, 1})), near({0, 0.25, 0.25, 0}, 1e-15));
  EXPECT_EQ(error_of([&] { gradient(matrix({1, 0, 0, 0})).eval(); }).code(), ErrorCode::numeric);
  EXPECT_THAT(solve_lyapunov(matrix({1, 0, 0, 3}), matrix({2, 4, 8, 6})),
              near({1, 1, 2, 1}, 1e-15));
}

TEST(MatrixFunction, OfAGeneralMatrixByItsEigenvalues) {
  // SciPy: sqrtm([[1, -2], [3, 1]]); the root of x + iy in the right half plane.
  const auto root = [](const ComplexParts& w) {
    const Tensor r = sqrt(hypot(w.real, w.imaginary));
    const Tensor half = atan2(w.imaginary, w.real) / 2.0;
    return ComplexParts{r * cos(half), r * sin(half)};
  };
  const ComplexParts found = matrix_function(matrix({1, -2, 3, 1}), root);
  EXPECT_THAT(
      found.real,
      near({1.350139124509876, -0.740664411427243, 1.110996617140864, 1.350139124509876}, 1e-14));
  EXPECT_THAT(found.imaginary, near({0, 0, 0, 0}, 1e-14));
}

}  // namespace
}  // namespace gradus::linalg
