// Internal: the reductions that large eigenvalue and singular value problems begin with, and what
// brings vectors back. Work is cut by size, so bits do not depend on threads. Each cites LAPACK's
// routine, whose mathematics and storage it has.
#pragma once

#include <cstdint>
#include <vector>

#include "gradus/ops/blas.h"
#include "gradus/ops/strips.h"

namespace gradus {

/// Matrices below this size are LAPACK's alone.
inline constexpr std::int64_t kLargeMatrix = 192;

/// t = q^T a q with t tridiagonal, of the symmetric part that stands on and below a's diagonal
/// (sytrd, lower): a gets the reflectors, d and e the diagonal and the one beside it.
template <class T>
void tridiagonalize(const blas::Matrix<T>& a, T* d, T* e, T* tau);

/// b = q^T a p with b upper bidiagonal, a with at least as many rows as columns (gebrd).
template <class T>
void bidiagonalize(const blas::Matrix<T>& a, T* d, T* e, T* tau_q, T* tau_p);

/// Reflectors H_1, ..., H_count: element `row` of the j-th lies at data[row * row_step + j *
/// column_step], is 1 where row = j and 0 above.
template <class T>
struct Reflectors {
  const T* data;
  std::int64_t row_step, column_step;
  std::int64_t length, count;
  const T* tau;
};
/// c = H_1 ... H_count c (ormqr), c with `length` rows.
template <class T>
void apply_reflectors(const Reflectors<T>& reflectors, const blas::Matrix<T>& c);

template <class T>
T largest_magnitude(const T* values, std::int64_t count);
/// The power of two by which to scale values so that their squares neither overflow nor vanish,
/// given their largest magnitude; 0 where they are of ordinary size.
template <class T>
int scaling_exponent(T largest);
/// Multiplies by 2^exponent.
template <class T>
void scale(T* values, std::int64_t count, int exponent);

/// Calls f(i) for every matrix of a batch; a single one may use several threads, as the functions
/// above do, and must see to it that LAPACK has one.
template <class F>
void for_each_large_matrix(std::int64_t count, F f) {
  choose_blas_kernels();
  if (count == 1) return f(std::int64_t{0});
  for_each_matrix(count, kLargeMatrix * kLargeMatrix * kLargeMatrix, f);
}

}  // namespace gradus
