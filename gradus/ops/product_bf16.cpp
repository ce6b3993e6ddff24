#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/bf16_rounding.h"
#include "gradus/ops/onednn.h"
#include "gradus/ops/precision.h"
#include "gradus/ops/product.h"

namespace gradus {
namespace {

// Measured with AMX: below these many rows, columns, terms and multiply-adds, to round takes longer
// than is gained. Sizes alone decide, so that a product is the same on every processor.
constexpr std::int64_t kLeastExtent = 32, kLeastWork = 1 << 20;

/// A matrix of `rows` and `columns` whose elements lie at the given steps.
struct Matrix {
  const float* data;
  std::int64_t rows, columns, row, column;
};

/// Its elements without gaps: by rows, or by columns if they lie so.
struct DenseMatrix {
  Buffer elements;
  bool by_columns;
};

/// Calls f(line, from, length) for lines of elements that lie side by side, or row by row for
/// others, of which f gets the step as well.
template <class T, class Line>
DenseMatrix dense(const Matrix& matrix, const Line& line) {
  const bool by_columns = matrix.column != 1 && matrix.row == 1;
  const std::int64_t lines = by_columns ? matrix.columns : matrix.rows;
  const std::int64_t length = by_columns ? matrix.rows : matrix.columns;
  const std::int64_t between = by_columns ? matrix.column : matrix.row;
  const std::int64_t step = by_columns ? matrix.row : matrix.column;
  DenseMatrix result{allocate(static_cast<std::size_t>(lines * length) * sizeof(T)), by_columns};
  T* to = reinterpret_cast<T*>(result.elements.data());
  if (step == 1 && between == length) {
    line(matrix.data, std::int64_t{1}, lines * length, to);
    return result;
  }
  const std::int64_t grain =
      std::max<std::int64_t>(1, (1 << 16) / std::max<std::int64_t>(1, length));
  parallel_for(lines, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      line(matrix.data + i * between, step, length, to + i * length);
    }
  });
  return result;
}

DenseMatrix as_bf16(const Matrix& matrix) {
  return dense<bf16>(matrix,
                     [](const float* from, std::int64_t step, std::int64_t count, bf16* to) {
                       if (step == 1) return round_to_bf16(from, count, to);
                       for (std::int64_t i = 0; i < count; ++i) to[i] = bf16(from[i * step]);
                     });
}

DenseMatrix as_rounded(const Matrix& matrix) {
  return dense<float>(matrix,
                      [](const float* from, std::int64_t step, std::int64_t count, float* to) {
                        for (std::int64_t i = 0; i < count; ++i) {
                          to[i] = static_cast<float>(bf16(from[i * step]));
                        }
                      });
}

Matrix left(const Product& p) {
  return {reinterpret_cast<const float*>(p.a), p.m, p.k, p.a_row, p.a_column};
}
Matrix right(const Product& p) {
  return {reinterpret_cast<const float*>(p.b), p.k, p.n, p.b_row, p.b_column};
}

/// The product of operands that are rounded and stay f32.
void multiply_rounded(Product p, MultiplyFunction multiply) {
  const DenseMatrix a = as_rounded(left(p)), b = as_rounded(right(p));
  p.precision = ProductPrecision::full;
  p.a = a.elements.data();
  p.a_row = a.by_columns ? 1 : p.k;
  p.a_column = a.by_columns ? p.m : 1;
  p.b = b.elements.data();
  p.b_row = b.by_columns ? 1 : p.n;
  p.b_column = b.by_columns ? p.k : 1;
  multiply(p);
}

void multiply_native(const Product& p) {
  const DenseMatrix b = as_bf16(right(p));
  const Buffer bias = p.bias ? allocate(static_cast<std::size_t>(p.n) * sizeof(float)) : Buffer();
  if (p.bias) {
    const float* from = reinterpret_cast<const float*>(p.bias);
    float* to = reinterpret_cast<float*>(bias.data());
    for (std::int64_t j = 0; j < p.n; ++j) to[j] = from[j * p.bias_step];
  }
  // Pieces of whole rows, since oneDNN is fastest where b and c have no gaps. Each arranges b anew,
  // so they are large: multiply-adds worth a thread of their own.
  constexpr std::int64_t kPiece = 128 << 20, kTile = 32;
  const std::int64_t rows = std::max<std::int64_t>(2 * kTile, kPiece / (p.n * p.k));
  parallel_for(p.m, (rows + kTile - 1) / kTile * kTile, [&](std::int64_t begin, std::int64_t end) {
    Matrix part = left(p);
    part.data += begin * p.a_row;
    part.rows = end - begin;
    const DenseMatrix a = as_bf16(part);
    onednn::multiply_bf16({.m = part.rows,
                           .n = p.n,
                           .k = p.k,
                           .a_leading = a.by_columns ? part.rows : p.k,
                           .a_transposed = a.by_columns,
                           .b_leading = b.by_columns ? p.k : p.n,
                           .b_transposed = b.by_columns,
                           .c_leading = p.c_row,
                           .bias = p.bias != nullptr},
                          reinterpret_cast<const bf16*>(a.elements.data()),
                          reinterpret_cast<const bf16*>(b.elements.data()),
                          p.bias ? reinterpret_cast<const float*>(bias.data()) : nullptr,
                          reinterpret_cast<float*>(p.c) + begin * p.c_row);
  });
}

}  // namespace

const char* refuse_bf16(const Product& p) {
  if (p.precision != ProductPrecision::bf16) return "full precision";
  if (p.dtype != DType::f32) return "not f32";
  const bool is_thin = std::min({p.m, p.n, p.k}) < kLeastExtent;
  return is_thin || p.multiply_adds() < kLeastWork ? "too small to gain from bf16" : nullptr;
}

void multiply_bf16(const Product& p) {
  has_bf16_products() ? multiply_native(p) : multiply_rounded(p, multiply_packed);
}

void multiply_rounded_reference(const Product& product) {
  multiply_rounded(product, multiply_reference);
}

}  // namespace gradus
