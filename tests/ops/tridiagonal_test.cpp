#include "gradus/ops/tridiagonal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "gradus/base/parallel.h"

namespace gradus {
namespace {

/// A symmetric tridiagonal matrix.
struct Matrix {
  std::string name;
  std::vector<double> diagonal, beside;
};

/// Numbers between -1 and 1.
class Numbers {
 public:
  double next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 11) / static_cast<double>(std::uint64_t{1} << 52) - 1;
  }

 private:
  std::uint64_t state_ = 1;
};

std::vector<Matrix> matrices(std::size_t n) {
  Numbers numbers;
  const auto make = [&](const std::string& name, auto diagonal, auto beside) {
    Matrix matrix{name, {}, {}};
    for (std::size_t i = 0; i < n; ++i) matrix.diagonal.push_back(diagonal(i));
    for (std::size_t i = 0; i + 1 < n; ++i) matrix.beside.push_back(beside(i));
    return matrix;
  };
  const auto constant = [](double x) { return [x](std::size_t) { return x; }; };
  const auto random = [&](std::size_t) { return numbers.next(); };
  const auto graded = [](std::size_t i) { return std::pow(0.9, static_cast<double>(i)); };
  const auto wilkinson = [](std::size_t i) { return std::abs(static_cast<double>(i % 21) - 10); };
  return {
      make("random", random, random),
      make("second differences", constant(2), constant(-1)),
      make("zero", constant(0), constant(0)),
      make("identity", constant(1), constant(0)),
      make(
          "diagonal, descending", [n](std::size_t i) { return static_cast<double>(n - i); },
          constant(0)),
      make("graded", graded, graded),
      make(
          "graded upwards",
          [n](std::size_t i) { return std::pow(0.9, static_cast<double>(n - 1 - i)); },
          [n](std::size_t i) { return std::pow(0.9, static_cast<double>(n - 1 - i)); }),
      make("Wilkinson's, glued", wilkinson, [](std::size_t i) { return i % 21 == 20 ? 1e-7 : 1; }),
      make("Wilkinson's, glued tighter", wilkinson,
           [](std::size_t i) { return i % 21 == 20 ? 1e-14 : 1; }),
      make("parts with the same eigenvalues", constant(1),
           [](std::size_t i) { return i % 2 == 0 ? 0.5 : 0; }),
      make(
          "large", [&](std::size_t) { return 1e30 * numbers.next(); }, constant(1e30)),
      make(
          "small", [&](std::size_t) { return 1e-30 * numbers.next(); }, constant(1e-30)),
  };
}

/// How many eigenvalues are less than x: the negative pivots of the matrix less x (Barth, Martin
/// and Wilkinson 1967).
std::size_t count_below(const Matrix& matrix, double x) {
  std::size_t count = 0;
  double pivot = 1;
  for (std::size_t i = 0; i < matrix.diagonal.size(); ++i) {
    const double beside = i == 0 ? 0 : matrix.beside[i - 1];
    pivot = matrix.diagonal[i] - x - (beside == 0 ? 0 : beside * beside / pivot);
    if (pivot == 0) pivot = -std::numeric_limits<double>::min();
    if (pivot < 0) ++count;
  }
  return count;
}

/// The largest sum of magnitudes in a row, which no eigenvalue exceeds.
double norm_of(const Matrix& matrix) {
  double norm = 0;
  for (std::size_t i = 0; i < matrix.diagonal.size(); ++i) {
    double sum = std::abs(matrix.diagonal[i]);
    if (i > 0) sum += std::abs(matrix.beside[i - 1]);
    if (i + 1 < matrix.diagonal.size()) sum += std::abs(matrix.beside[i]);
    norm = std::max(norm, sum);
  }
  return norm;
}

template <class T>
struct Solution {
  std::vector<T> values, vectors;
};

template <class T>
Solution<T> solve(const Matrix& matrix, bool with_vectors) {
  const std::size_t n = matrix.diagonal.size();
  Solution<T> solution{{matrix.diagonal.begin(), matrix.diagonal.end()}, {}};
  std::vector<T> beside(matrix.beside.begin(), matrix.beside.end());
  beside.push_back(0);
  if (with_vectors) solution.vectors.resize(n * n);
  EXPECT_TRUE(solve_tridiagonal(static_cast<std::int64_t>(n), solution.values.data(), beside.data(),
                                with_vectors ? solution.vectors.data() : nullptr));
  return solution;
}

template <class T>
class Tridiagonal : public ::testing::Test {
 public:
  static constexpr double kEpsilon = std::numeric_limits<T>::epsilon();
};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Tridiagonal, Types);

const std::size_t kSizes[] = {1, 2, 3, 31, 32, 33, 64, 65, 100, 200, 520};

/// Errors that grow like the size are allowed by LAPACK's tests, which divide by it; these do not
/// even grow like its root.
template <class T>
double allowed(const Matrix& matrix) {
  return 10 * std::sqrt(static_cast<double>(matrix.diagonal.size())) *
         std::numeric_limits<T>::epsilon() * std::max(norm_of(matrix), 1e-300);
}

TYPED_TEST(Tridiagonal, ValuesStandWhereSturmSequencesSay) {
  for (const std::size_t n : kSizes) {
    for (const Matrix& matrix : matrices(n)) {
      SCOPED_TRACE(matrix.name + ", " + std::to_string(n));
      const double error = allowed<TypeParam>(matrix);
      for (const bool with_vectors : {false, true}) {
        const auto values = solve<TypeParam>(matrix, with_vectors).values;
        for (std::size_t i = 0; i < n; ++i) {
          ASSERT_LE(count_below(matrix, static_cast<double>(values[i]) - error), i);
          ASSERT_GE(count_below(matrix, static_cast<double>(values[i]) + error), i + 1);
          if (i > 0) {
            ASSERT_LE(values[i - 1], values[i]);
          }
        }
      }
    }
  }
}

TYPED_TEST(Tridiagonal, VectorsAreOrthonormalAndSolve) {
  for (const std::size_t n : kSizes) {
    for (const Matrix& matrix : matrices(n)) {
      SCOPED_TRACE(matrix.name + ", " + std::to_string(n));
      const Solution<TypeParam> solution = solve<TypeParam>(matrix, true);
      const auto at = [&](std::size_t row, std::size_t column) {
        return static_cast<double>(solution.vectors[column * n + row]);
      };
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t i = 0; i <= j; ++i) {
          double product = 0;
          for (std::size_t row = 0; row < n; ++row) product += at(row, i) * at(row, j);
          ASSERT_NEAR(product, i == j, 10 * std::sqrt(static_cast<double>(n)) * this->kEpsilon);
        }
        for (std::size_t row = 0; row < n; ++row) {
          double residual =
              (matrix.diagonal[row] - static_cast<double>(solution.values[j])) * at(row, j);
          if (row > 0) residual += matrix.beside[row - 1] * at(row - 1, j);
          if (row + 1 < n) residual += matrix.beside[row] * at(row + 1, j);
          ASSERT_NEAR(residual, 0, allowed<TypeParam>(matrix));
        }
      }
    }
  }
}

TYPED_TEST(Tridiagonal, BitsDoNotDependOnThreads) {
  const int before = thread_count();
  for (const Matrix& matrix : matrices(300)) {
    SCOPED_TRACE(matrix.name);
    for (const bool with_vectors : {false, true}) {
      set_thread_count(1);
      const auto one = solve<TypeParam>(matrix, with_vectors);
      set_thread_count(3);
      const auto three = solve<TypeParam>(matrix, with_vectors);
      set_thread_count(before);
      EXPECT_EQ(one.values, three.values);
      EXPECT_EQ(one.vectors, three.vectors);
    }
  }
}

TEST(Tridiagonal, TakesNoRows) {
  EXPECT_TRUE(solve_tridiagonal<double>(0, nullptr, nullptr, nullptr));
}

}  // namespace
}  // namespace gradus
