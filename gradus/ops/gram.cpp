#include "gradus/ops/gram.h"

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/blas.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/product.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

constexpr std::int64_t kBlock = 512;       // columns; wide enough that packing them costs little
constexpr std::int64_t kMost = 2048;       // columns of which there may be a result for each piece
constexpr std::int64_t kPieceRows = 4096;  // at least

Specs infer(const InferContext& context) {
  require_matrices(context, 0);
  const Shape& shape = context.shape(0);
  return {{matrix_shape(shape, shape.back(), shape.back()), context.dtype(0)}};
}

Inputs vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  return {matmul(context.inputs[0], g + matrix_transpose(g))};
}

/// The steps of matrix i of x, from one row and from one column to the next.
template <class T>
Operand<T> matrix_in_place(const Array& x, std::int64_t i) {
  const std::size_t rank = x.strides.size();
  return {x.data<T>() + start_of_matrix(x, i), x.strides[rank - 2], x.strides[rank - 1]};
}

template <class T>
void multiply_block(const Operand<T>& x, std::int64_t m, std::int64_t n, std::int64_t row,
                    std::int64_t column, T* c) {
  const auto width = [n](std::int64_t first) { return std::min(kBlock, n - first); };
  multiply_packed({.dtype = dtype_of<T>,
                   .m = width(row),
                   .n = width(column),
                   .k = m,
                   .a = reinterpret_cast<const std::byte*>(x.data + row * x.column),
                   .a_row = x.column,
                   .a_column = x.row,
                   .b = reinterpret_cast<const std::byte*>(x.data + column * x.column),
                   .b_row = x.row,
                   .b_column = x.column,
                   .c = reinterpret_cast<std::byte*>(c + row * n + column),
                   .c_row = n});
}

/// Copies what stands on one side of the diagonal to the other.
template <class T>
void mirror(T* c, std::int64_t n) {
  constexpr std::int64_t kTile = 32;
  for (std::int64_t row = 0; row < n; row += kTile) {
    for (std::int64_t column = 0; column <= row; column += kTile) {
      for (std::int64_t r = row; r < std::min(row + kTile, n); ++r) {
        for (std::int64_t k = column; k < std::min(column + kTile, r); ++k)
          c[k * n + r] = c[r * n + k];
      }
    }
  }
}

/// How many pieces of rows are multiplied on their own. The number depends on sizes alone, and
/// their results are bounded.
std::int64_t piece_count(std::int64_t m, std::int64_t n) {
  constexpr std::int64_t kElements = 1 << 24;
  const std::int64_t bound =
      std::min<std::int64_t>(16, kElements / std::max<std::int64_t>(1, n * n));
  return std::max<std::int64_t>(1, std::min(bound, m / kPieceRows));
}

const char* refuse_pieces(const KernelContext& context) {
  const Array& x = context.input();
  if (x.shape.back() > kMost) return "the matrices have many columns";
  return x.is_row_major() ? nullptr : "the rows are not contiguous";
}

/// A rank-k update of one triangle for each piece of rows, on several threads; then their sum.
template <class T>
void update_by_pieces(T* x, std::int64_t m, std::int64_t n, T* c) {
  const std::int64_t pieces = piece_count(m, n), rows = (m + pieces - 1) / pieces;
  std::vector<T> others(static_cast<std::size_t>((pieces - 1) * n * n));
  const auto result = [&](std::int64_t piece) {
    return piece == 0 ? c : others.data() + (piece - 1) * n * n;
  };
  parallel_for(pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    const OneThread guard;
    for (std::int64_t piece = begin; piece < end; ++piece) {
      const std::int64_t first = piece * rows, count = std::min(rows, m - first);
      // Rows read as columns: x^T x = a a^T, and what is above the diagonal is below it.
      blas::syrk<T>('N', {x + first * n, n, count, n}, {result(piece), n, n, n});
    }
  });
  for (std::int64_t piece = 1; piece < pieces; ++piece) {
    const T* from = result(piece);
    for (std::int64_t r = 0; r < n; ++r) {
      for (std::int64_t k = 0; k <= r; ++k) c[r * n + k] += from[r * n + k];
    }
  }
  mirror(c, n);
}

void run_pieces(const KernelContext& context) {
  choose_blas_kernels();
  Array& c = context.allocate();
  const Array& x = context.input();
  const Matrices matrices(x.shape);
  with_real(c.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < matrices.count; ++i) {
      T* const from = const_cast<T*>(x.data<T>()) + i * matrices.elements();  // BLAS reads it
      update_by_pieces(from, matrices.rows, matrices.columns,
                       c.mutable_data<T>() + i * matrices.columns * matrices.columns);
    }
  });
}

/// Blocks on and below the diagonal; what lies above is copied.
void run_blocks(const KernelContext& context) {
  Array& c = context.allocate();
  const Array& given = context.input();
  const bool in_place = is_dense(given.shape, given.strides);
  const Array x = in_place ? given : row_major_copy(given);
  const Matrices matrices(x.shape);
  const std::int64_t m = matrices.rows, n = matrices.columns;
  with_real(c.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < matrices.count; ++i) {
      T* to = c.mutable_data<T>() + i * n * n;
      const Operand<T> operand = matrix_in_place<T>(x, i);
      for (std::int64_t row = 0; row < n; row += kBlock) {
        for (std::int64_t column = 0; column <= row; column += kBlock) {
          multiply_block(operand, m, n, row, column, to);
        }
      }
      mirror(to, n);
    }
  });
}

void run_reference(const KernelContext& context) {
  Array& c = context.allocate();
  const Array x = row_major_copy(context.input());
  const Matrices matrices(x.shape);
  const std::int64_t m = matrices.rows, n = matrices.columns;
  with_real(c.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < matrices.count; ++i) {
      const T* from = x.data<T>() + i * m * n;
      for (std::int64_t p = 0; p < n; ++p) {
        for (std::int64_t q = 0; q < n; ++q) {
          double sum = 0;
          for (std::int64_t k = 0; k < m; ++k) {
            sum += static_cast<double>(from[k * n + p]) * static_cast<double>(from[k * n + q]);
          }
          c.mutable_data<T>()[(i * n + p) * n + q] = static_cast<T>(sum);
        }
      }
    }
  });
}

std::vector<Sample> samples() {
  return {
      {.name = "batch",
       .inputs = {Tensor{{{1, 2}, {-3, 1}, {2, 5}}, {{0.5f, -1}, {2, 0}, {1, 1}}}}},
      {.name = "several blocks", .inputs = {reshape(linspace(-1, 1, 2 * 600), {2, 600})}},
      {.name = "several pieces",
       .inputs = {reshape(linspace(-1, 1, 3 * 9000), {9000, 3})},
       .tolerance = 2e-4},  // f32: up to 9,000 equal products are added
      {.name = "no rows", .inputs = {zeros({2, 0, 3})}},
  };
}

}  // namespace

const OpDef kGram{
    .name = "gram",
    .doc = "x^T x, of which one triangle is computed. (..., m, n) -> (..., n, n)",
    .infer = infer,
    .vjp = vjp,
    .kernels = {{"pieces", refuse_pieces, run_pieces},
                {"blocks", nullptr, run_blocks},
                {"reference", nullptr, run_reference}},
    .samples = samples,
    .multiply_adds =
        [](const KernelContext& call) {
          const Shape& x = call.input().shape;
          return x.size() * (x.back() + 1) / 2;
        },
};

Tensor gram(const Tensor& x) { return apply(kGram, {x}); }

}  // namespace gradus
