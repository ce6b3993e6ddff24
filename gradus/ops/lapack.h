// Internal: what the operations on matrices share: batches, layouts, LAPACK's calls and its errors.
#pragma once

#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/core/op_def.h"

namespace gradus {

/// LAPACK's threads would change the order of its sums, and with it the bits.
class OneThread {
 public:
  OneThread() { set_thread_count(1); }
  ~OneThread() { set_thread_count(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = thread_count();
};

/// Throws Error unless input i holds matrices (..., m, n) of f32 or f64.
void require_matrices(const InferContext& context, std::size_t i);
/// Throws Error unless input i holds square matrices (..., n, n) of f32 or f64.
void require_square_matrices(const InferContext& context, std::size_t i);
/// Throws Error unless inputs 0 (..., m, n) and 1 (..., m, k) are matrices of one element type with
/// the same leading axes and the same number of rows.
void require_matching_rows(const InferContext& context);

/// `shape` with other last two extents.
Shape matrix_shape(const Shape& shape, std::int64_t rows, std::int64_t columns);
/// The leading axes of `shape` and one of `length`.
Shape vector_shape(const Shape& shape, std::int64_t length);
/// The leading axes of `shape`.
Shape batch_shape(const Shape& shape);

/// The matrices of a tensor (..., rows, columns).
struct Matrices {
  explicit Matrices(const Shape& shape);
  std::int64_t count = 1, rows = 0, columns = 0;

  std::int64_t smaller() const { return std::min(rows, columns); }
  std::int64_t elements() const { return rows * columns; }
};

/// Strides of matrices stored column by column, one after the other.
Strides column_major(const Shape& shape);

/// The element where matrix i of `array` begins, in elements from its offset.
std::int64_t start_of_matrix(const Array& array, std::int64_t i);

/// Matrix i of `array` as it goes into a factorisation: copied to `to`, column by column or row by
/// row. Throws Error if it holds NaN or an infinity.
enum class Layout { rows, columns };
template <class T>
void read_matrix(const KernelContext& context, std::size_t input, std::int64_t i, Layout layout,
                 T* to);
/// The same for the symmetric part, (a + a^T) / 2.
template <class T>
void read_symmetric_part(const KernelContext& context, std::size_t input, std::int64_t i, T* to);
/// What stands of the symmetric part on and below the diagonal, columns `leading` elements apart;
/// the rest of `to` is left alone. Returns the largest magnitude.
template <class T>
T read_lower_part(const KernelContext& context, std::size_t input, std::int64_t i, T* to,
                  std::int64_t leading);

/// Matrix i of an input row by row in double precision, for references. Throws as read_matrix().
std::vector<double> matrix_in_double(const KernelContext& context, std::size_t input,
                                     std::int64_t i);
std::vector<double> symmetric_part_in_double(const KernelContext& context, std::size_t input,
                                             std::int64_t i);
/// Writes values, row by row, to part i of a row-major output of f32 or f64.
void write_part(Array& output, std::int64_t i, const std::vector<double>& values);

/// "the matrix", or "matrix 3 of the batch".
std::string which_matrix(const Shape& shape, std::int64_t i);
/// Throws Error "which matrix <message>" as a numeric error.
[[noreturn]] void refuse_matrix(const KernelContext& context, std::int64_t i,
                                const std::string& message);
/// Throws Error if LAPACKE had no memory or was called wrongly (status < 0).
void check_status(const char* operation, std::int64_t status);

/// An operand of a product: where it lies, and the steps to the next row and column.
template <class T>
struct Operand {
  const T* data;
  std::int64_t row, column;
};
/// c (m, n), row by row, = a (m, k) b (k, n).
template <class T>
void multiply(const Operand<T>& a, const Operand<T>& b, std::int64_t m, std::int64_t n,
              std::int64_t k, T* c);

/// Calls f.operator()<T>() for f32 or f64.
template <class F>
void with_real(DType dtype, F f) {
  if (dtype == DType::f32) {
    f.template operator()<float>();
  } else {
    f.template operator()<double>();
  }
}

/// Makes OpenBLAS use the widest kernels this processor runs, once. Releases older than a processor
/// do not know it and fall back to those of its remote ancestors. OPENBLAS_CORETYPE, if set, stays.
void choose_blas_kernels();

/// Calls f(i) for every matrix of a batch, each of about `work` multiply-adds; several at once
/// where they are worth it, each on one thread.
template <class F>
void for_each_matrix(std::int64_t count, std::int64_t work, F f) {
  constexpr std::int64_t kGrain = 1 << 17;  // multiply-adds worth a thread of their own
  choose_blas_kernels();
  parallel_for(count, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, work)),
               [&](std::int64_t begin, std::int64_t end) {
                 const OneThread guard;
                 for (std::int64_t i = begin; i < end; ++i) f(i);
               });
}

// LAPACK for both types, column by column.
namespace lapack {

using Int = lapack_int;

template <class T>
struct Calls;

template <>
struct Calls<float> {
  static constexpr auto potrf = LAPACKE_spotrf;
  static constexpr auto getrf = LAPACKE_sgetrf;
  static constexpr auto getrs = LAPACKE_sgetrs;
  static constexpr auto getri = LAPACKE_sgetri;
  static constexpr auto trtrs = LAPACKE_strtrs;
  static constexpr auto geqrf = LAPACKE_sgeqrf;
  static constexpr auto geqp3 = LAPACKE_sgeqp3;
  static constexpr auto orgqr = LAPACKE_sorgqr;
  static constexpr auto syevd = LAPACKE_ssyevd;
  static constexpr auto gesdd = LAPACKE_sgesdd;
  static constexpr auto gesvd = LAPACKE_sgesvd;
  static constexpr auto geevx = LAPACKE_sgeevx;
  static constexpr auto larfg = LAPACKE_slarfg;
  static constexpr auto larft = LAPACKE_slarft;
  static constexpr auto sytrd = LAPACKE_ssytrd;
  static constexpr auto steqr = LAPACKE_ssteqr;
  static constexpr auto gebrd = LAPACKE_sgebrd;
  static constexpr auto bdsdc_work = LAPACKE_sbdsdc_work;
};

template <>
struct Calls<double> {
  static constexpr auto potrf = LAPACKE_dpotrf;
  static constexpr auto getrf = LAPACKE_dgetrf;
  static constexpr auto getrs = LAPACKE_dgetrs;
  static constexpr auto getri = LAPACKE_dgetri;
  static constexpr auto trtrs = LAPACKE_dtrtrs;
  static constexpr auto geqrf = LAPACKE_dgeqrf;
  static constexpr auto geqp3 = LAPACKE_dgeqp3;
  static constexpr auto orgqr = LAPACKE_dorgqr;
  static constexpr auto syevd = LAPACKE_dsyevd;
  static constexpr auto gesdd = LAPACKE_dgesdd;
  static constexpr auto gesvd = LAPACKE_dgesvd;
  static constexpr auto geevx = LAPACKE_dgeevx;
  static constexpr auto larfg = LAPACKE_dlarfg;
  static constexpr auto larft = LAPACKE_dlarft;
  static constexpr auto sytrd = LAPACKE_dsytrd;
  static constexpr auto steqr = LAPACKE_dsteqr;
  static constexpr auto gebrd = LAPACKE_dgebrd;
  static constexpr auto bdsdc_work = LAPACKE_dbdsdc_work;
};

inline Int size(std::int64_t n) { return static_cast<Int>(n); }
/// A leading dimension, which LAPACK wants to be 1 or more.
inline Int leading(std::int64_t n) { return static_cast<Int>(std::max<std::int64_t>(1, n)); }

}  // namespace lapack
}  // namespace gradus
