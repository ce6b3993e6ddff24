#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/product.h"

namespace gradus {
namespace {

/// oneDNN runs on the calling thread alone: how it would share work out depends on the number of
/// threads, and with it the bits of the result.
class OneThread {
 public:
  OneThread() : saved_(omp_get_max_threads()) {
    if (saved_ != 1) omp_set_num_threads(1);
  }
  ~OneThread() {
    if (saved_ != 1) omp_set_num_threads(saved_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int saved_;
};

void multiply_piece(const Product& p, std::int64_t begin, std::int64_t end) {
  const OneThread guard;
  const bool transpose_a = p.a_column != 1;
  const bool transpose_b = p.b_column != 1;
  float* c = reinterpret_cast<float*>(p.c) + begin;
  float beta = 0;
  if (p.bias) {
    const float* bias = reinterpret_cast<const float*>(p.bias) + begin * p.bias_step;
    for (std::int64_t i = 0; i < p.m; ++i) {
      for (std::int64_t j = 0; j < end - begin; ++j) c[i * p.c_row + j] = bias[j * p.bias_step];
    }
    beta = 1;
  }
  const dnnl_status_t status = dnnl_sgemm(
      transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', p.m, end - begin, p.k, 1.0f,
      reinterpret_cast<const float*>(p.a),
      transpose_a ? std::max(p.a_column, p.m) : std::max(p.a_row, p.k),
      reinterpret_cast<const float*>(p.b) + begin * p.b_column,
      transpose_b ? std::max(p.b_column, p.k) : std::max(p.b_row, p.n), beta, c, p.c_row);
  if (status != dnnl_success)
    throw Error(ErrorCode::internal, "matmul", "oneDNN refused the product");
}

}  // namespace

const char* refuse_onednn(const Product& p) {
  if (p.dtype != DType::f32) return "not f32";
  static const bool has_avx512 = dnnl_get_effective_cpu_isa() >= dnnl_cpu_isa_avx512_core;
  if (!has_avx512) return "no AVX-512: the blocked kernel is faster";
  if (p.m == 0 || p.n == 0 || p.k == 0) return "empty";
  const bool a_taken =
      p.a_column == 1 ? p.a_row >= p.k || p.m == 1 : p.a_row == 1 && p.a_column >= p.m;
  const bool b_taken =
      p.b_column == 1 ? p.b_row >= p.n || p.k == 1 : p.b_row == 1 && p.b_column >= p.k;
  return a_taken && b_taken ? nullptr : "strides";
}

void multiply_onednn(const Product& p) {
  constexpr std::int64_t kPiece = 4 << 20;  // multiply-adds worth a thread of their own
  const std::int64_t columns =
      std::max<std::int64_t>(64, kPiece / std::max<std::int64_t>(1, p.m * p.k));
  parallel_for(p.n, (columns + 15) / 16 * 16,
               [&](std::int64_t begin, std::int64_t end) { multiply_piece(p, begin, end); });
}

}  // namespace gradus
