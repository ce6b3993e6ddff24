#include "gradus/linalg/qr.h"

#include <lapacke.h>

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"

namespace gradus::linalg {
namespace {

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

lapack_int factor(lapack_int m, lapack_int n, float* a, float* tau) {
  return LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, m, n, a, n, tau);
}
lapack_int factor(lapack_int m, lapack_int n, double* a, double* tau) {
  return LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, m, n, a, n, tau);
}
lapack_int expand(lapack_int m, lapack_int k, float* q, const float* tau) {
  return LAPACKE_sorgqr(LAPACK_ROW_MAJOR, m, k, k, q, k, tau);
}
lapack_int expand(lapack_int m, lapack_int k, double* q, const double* tau) {
  return LAPACKE_dorgqr(LAPACK_ROW_MAJOR, m, k, k, q, k, tau);
}

void check(lapack_int status) {
  if (status == 0) return;
  const bool memory = status == LAPACK_WORK_MEMORY_ERROR || status == LAPACK_TRANSPOSE_MEMORY_ERROR;
  // LAPACKE finds NaN among its inputs and gives the number of the argument that holds it.
  throw Error(memory ? ErrorCode::out_of_memory : ErrorCode::numeric, "qr",
              memory ? "no memory for the work space" : "the matrix holds NaN");
}

template <class T>
Qr factorize(const Tensor& a) {
  const std::int64_t m = a.dim(0);
  const std::int64_t n = a.dim(1);
  const std::int64_t k = std::min(m, n);
  const auto values = a.data<T>();
  std::vector<T> work(values.begin(), values.end());
  std::vector<T> tau(static_cast<std::size_t>(k));
  const auto rows = static_cast<lapack_int>(m);
  const auto rank = static_cast<lapack_int>(k);
  const OneThread guard;
  check(factor(rows, static_cast<lapack_int>(n), work.data(), tau.data()));

  // Above and on the diagonal stands R; below it, the reflections that make Q.
  std::vector<T> r(static_cast<std::size_t>(k * n));
  std::vector<T> q(static_cast<std::size_t>(m * k));
  for (std::int64_t i = 0; i < k; ++i) {
    std::copy(work.begin() + i * n + i, work.begin() + (i + 1) * n, r.begin() + i * n + i);
  }
  for (std::int64_t i = 0; i < m; ++i) {
    std::copy_n(work.begin() + i * n, k, q.begin() + i * k);
  }
  check(expand(rows, rank, q.data(), tau.data()));
  return {Tensor::from(q, {m, k}), Tensor::from(r, {k, n})};
}

}  // namespace

Qr qr(const Tensor& a) {
  if (!a.defined() || a.rank() != 2 || std::max(a.dim(0), a.dim(1)) > 1 << 30) {
    throw Error(ErrorCode::shape, "qr", fmt::format("takes a matrix, not {}", a.signature()));
  }
  if (a.dtype() != DType::f32 && a.dtype() != DType::f64) {
    throw Error(ErrorCode::dtype, "qr", fmt::format("takes f32 or f64, not {}", a.signature()));
  }
  if (a.size() == 0) {
    const std::int64_t k = std::min(a.dim(0), a.dim(1));
    return {Tensor::from_bytes({}, {a.dim(0), k}, a.dtype()),
            Tensor::from_bytes({}, {k, a.dim(1)}, a.dtype())};
  }
  return a.dtype() == DType::f64 ? factorize<double>(a) : factorize<float>(a);
}

}  // namespace gradus::linalg
