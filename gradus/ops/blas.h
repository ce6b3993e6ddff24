// Internal: the few routines of the BLAS that large decompositions call, for both types. Matrices
// lie column by column.
#pragma once

#include <cstdint>

#include "gradus/ops/lapack.h"

extern "C" {
#define GRADUS_BLAS(p, T)                                                                          \
  void p##gemm_(const char*, const char*, const lapack_int*, const lapack_int*, const lapack_int*, \
                const T*, const T*, const lapack_int*, const T*, const lapack_int*, const T*, T*,  \
                const lapack_int*);                                                                \
  void p##gemv_(const char*, const lapack_int*, const lapack_int*, const T*, const T*,             \
                const lapack_int*, const T*, const lapack_int*, const T*, T*, const lapack_int*);  \
  void p##syrk_(const char*, const char*, const lapack_int*, const lapack_int*, const T*,          \
                const T*, const lapack_int*, const T*, T*, const lapack_int*);
GRADUS_BLAS(s, float)
GRADUS_BLAS(d, double)
#undef GRADUS_BLAS
}

namespace gradus::blas {

/// A matrix column by column, or a part of one.
template <class T>
struct Matrix {
  T* data;
  std::int64_t rows, columns, leading;

  T* at(std::int64_t row, std::int64_t column) const { return data + column * leading + row; }
  Matrix part(std::int64_t row, std::int64_t column, std::int64_t height,
              std::int64_t width) const {
    return {at(row, column), height, width, leading};
  }
};
/// A vector whose elements lie `step` apart.
template <class T>
struct Vector {
  T* data;
  std::int64_t step = 1;
};

template <class T>
struct Names;
template <>
struct Names<float> {
  static constexpr auto gemm = sgemm_;
  static constexpr auto gemv = sgemv_;
  static constexpr auto syrk = ssyrk_;
};
template <>
struct Names<double> {
  static constexpr auto gemm = dgemm_;
  static constexpr auto gemv = dgemv_;
  static constexpr auto syrk = dsyrk_;
};

/// c = scale * a b + keep * c; 'T' takes a or b transposed.
template <class T>
void gemm(char of_a, char of_b, T scale, const Matrix<T>& a, const Matrix<T>& b, T keep,
          const Matrix<T>& c) {
  if (c.rows == 0 || c.columns == 0) return;
  const auto m = lapack::size(c.rows), n = lapack::size(c.columns);
  const auto k = lapack::size(of_a == 'N' ? a.columns : a.rows);
  const auto la = lapack::leading(a.leading), lb = lapack::leading(b.leading);
  const auto lc = lapack::leading(c.leading);
  Names<T>::gemm(&of_a, &of_b, &m, &n, &k, &scale, a.data, &la, b.data, &lb, &keep, c.data, &lc);
}

/// y = scale * a x + keep * y; 'T' takes a transposed.
template <class T>
void gemv(char of_a, T scale, const Matrix<T>& a, const Vector<T>& x, T keep, const Vector<T>& y) {
  if (a.rows == 0 && a.columns == 0) return;
  const auto m = lapack::size(a.rows), n = lapack::size(a.columns);
  const auto la = lapack::leading(a.leading);
  const auto sx = lapack::size(x.step), sy = lapack::size(y.step);
  Names<T>::gemv(&of_a, &m, &n, &scale, a.data, &la, x.data, &sx, &keep, y.data, &sy);
}

/// c = a a^T + keep * c on and above the diagonal; 'T': a^T a.
template <class T>
void syrk(char of_a, const Matrix<T>& a, T keep, const Matrix<T>& c) {
  const char upper = 'U';
  const auto n = lapack::size(c.rows), k = lapack::size(of_a == 'N' ? a.columns : a.rows);
  const auto la = lapack::leading(a.leading), lc = lapack::leading(c.leading);
  const T one = 1;
  Names<T>::syrk(&upper, &of_a, &n, &k, &one, a.data, &la, &keep, c.data, &lc);
}

}  // namespace gradus::blas
