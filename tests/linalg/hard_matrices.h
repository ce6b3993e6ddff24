#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gradus/core/tensor.h"

// Matrices on which factorisations are tried, and plain loops that measure what came out.

namespace gradus::testing {

/// A small matrix in double precision, row by row.
struct Plain {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> values;

  Plain(std::int64_t m, std::int64_t n)
      : rows(m), columns(n), values(static_cast<std::size_t>(m * n)) {}
  explicit Plain(const Tensor& x)
      : rows(x.dim(-2)), columns(x.dim(-1)), values(x.to_vector<double>()) {}

  double& operator()(std::int64_t i, std::int64_t j) {
    return values[static_cast<std::size_t>(i * columns + j)];
  }
  double operator()(std::int64_t i, std::int64_t j) const {
    return values[static_cast<std::size_t>(i * columns + j)];
  }
  Tensor tensor(DType dtype) const {
    if (dtype == DType::f64) return Tensor::from(values, Shape{rows, columns});
    return Tensor::from(std::vector<float>(values.begin(), values.end()), Shape{rows, columns});
  }
  Plain transposed() const {
    Plain result(columns, rows);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) result(j, i) = (*this)(i, j);
    }
    return result;
  }
  /// The largest column sum.
  double norm() const {
    double most = 0;
    for (std::int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (std::int64_t i = 0; i < rows; ++i) sum += std::abs((*this)(i, j));
      most = std::max(most, sum);
    }
    return most;
  }
  friend Plain operator*(const Plain& a, const Plain& b) {
    Plain result(a.rows, b.columns);
    for (std::int64_t i = 0; i < a.rows; ++i) {
      for (std::int64_t j = 0; j < b.columns; ++j) {
        long double sum = 0;
        for (std::int64_t k = 0; k < a.columns; ++k) {
          sum += static_cast<long double>(a(i, k)) * b(k, j);
        }
        result(i, j) = static_cast<double>(sum);
      }
    }
    return result;
  }
  friend Plain operator-(Plain a, const Plain& b) {
    for (std::size_t k = 0; k < a.values.size(); ++k) a.values[k] -= b.values[k];
    return a;
  }
  static Plain identity(std::int64_t n) {
    Plain result(n, n);
    for (std::int64_t i = 0; i < n; ++i) result(i, i) = 1;
    return result;
  }
  static Plain diagonal(const std::vector<double>& values) {
    const auto n = static_cast<std::int64_t>(values.size());
    Plain result(n, n);
    for (std::int64_t i = 0; i < n; ++i) result(i, i) = values[static_cast<std::size_t>(i)];
    return result;
  }
};

struct Named {
  std::string name;
  Plain matrix;
};

inline Plain random_plain(std::int64_t m, std::int64_t n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Plain result(m, n);
  for (double& value : result.values) value = normal(random);
  return result;
}

/// Square matrices of LAPACK's and Higham's test collections ("The Test Matrix Toolbox", 1995).
inline std::vector<Named> hard_square_matrices(std::int64_t n) {
  Plain hilbert(n, n), kahan(n, n), frank(n, n), graded(n, n), deficient(n, n);
  std::vector<double> wilkinson(static_cast<std::size_t>(n));
  const Plain noise = random_plain(n, n, 7);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      hilbert(i, j) = 1 / static_cast<double>(i + j + 1);
      kahan(i, j) = i > j ? 0 : std::pow(std::sin(1.2), i) * (i == j ? 1 : -std::cos(1.2));
      frank(i, j) = j < i - 1 ? 0 : static_cast<double>(n - std::max(i, j));
      graded(i, j) = noise(i, j) * std::pow(10.0, -12.0 * static_cast<double>(i + j) /
                                                      static_cast<double>(2 * n));
      deficient(i, j) = noise(i, 0) * noise(0, j) + noise(i, 1 % n) * noise(1 % n, j);
    }
  }
  Plain w(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    w(i, i) = std::abs(static_cast<double>(n - 1) / 2 - static_cast<double>(i));
    if (i > 0) w(i, i - 1) = w(i - 1, i) = 1;
  }
  Plain reflection = Plain::identity(n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) reflection(i, j) -= 2 / static_cast<double>(n);
  }
  std::vector<double> twice;
  for (std::int64_t i = 0; i < n; ++i) twice.push_back(static_cast<double>(i / 3 + 1));
  return {{"random", noise},
          {"Hilbert", hilbert},
          {"Kahan", kahan},
          {"Frank", frank},
          {"Wilkinson", w},
          {"graded", graded},
          {"repeated values", reflection * Plain::diagonal(twice) * reflection},
          {"rank 2", deficient},
          {"zero", Plain(n, n)},
          {"identity", Plain::identity(n)}};
}

/// |residual| over |scale| in units of rounding and of the larger side, as LAPACK's own tests
/// measure it; these call up to 30 a success.
inline double scaled(const Plain& residual, double scale, DType dtype) {
  const double unit = dtype == DType::f32 ? std::numeric_limits<float>::epsilon()
                                          : std::numeric_limits<double>::epsilon();
  const auto size =
      static_cast<double>(std::max<std::int64_t>({residual.rows, residual.columns, 1}));
  const double norm = residual.norm();
  return norm == 0 ? 0 : norm / (scale * size * unit);
}

/// How far the columns of q are from orthonormal.
inline double departure(const Plain& q, DType dtype) {
  return scaled(q.transposed() * q - Plain::identity(q.columns), 1, dtype);
}

}  // namespace gradus::testing
