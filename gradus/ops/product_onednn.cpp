#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/ops/onednn.h"
#include "gradus/ops/product.h"

namespace gradus {
namespace {

/// Columns [begin, end) of the product.
void multiply_columns(const Product& p, std::int64_t begin, std::int64_t end) {
  float* c = reinterpret_cast<float*>(p.c) + begin;
  if (p.bias) {
    const float* bias = reinterpret_cast<const float*>(p.bias) + begin * p.bias_step;
    for (std::int64_t i = 0; i < p.m; ++i) {
      for (std::int64_t j = 0; j < end - begin; ++j) c[i * p.c_row + j] = bias[j * p.bias_step];
    }
  }
  // A matrix of one row or column leaves a leading dimension free, but it has a least value.
  const bool a_transposed = p.a_column != 1, b_transposed = p.b_column != 1;
  const onednn::Operand a{reinterpret_cast<const float*>(p.a),
                          a_transposed ? std::max(p.a_column, p.m) : std::max(p.a_row, p.k),
                          a_transposed};
  const onednn::Operand b{reinterpret_cast<const float*>(p.b) + begin * p.b_column,
                          b_transposed ? std::max(p.b_column, p.k) : std::max(p.b_row, p.n),
                          b_transposed};
  onednn::multiply(p.m, end - begin, p.k, a, b, c, p.c_row, p.bias != nullptr);
}

}  // namespace

const char* refuse_onednn(const Product& p) {
  if (p.dtype != DType::f32) return "not f32";
  // Measured: without AVX-512 the blocked kernel is ahead, above all for transposed operands.
  static const bool has_avx512 = onednn::has_avx512();
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
               [&](std::int64_t begin, std::int64_t end) { multiply_columns(p, begin, end); });
}

}  // namespace gradus
