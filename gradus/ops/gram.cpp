#include "gradus/ops/gram.h"

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/gram_blocks.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer(const InferContext& context) {
  require_matrices(context, 0);
  const Shape& shape = context.shape(0);
  return {{matrix_shape(shape, shape.back(), shape.back()), context.dtype(0)}};
}

Inputs vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  return {matmul(context.inputs[0], g + matrix_transpose(g))};
}

const char* refuse_pieces(const KernelContext& context) {
  const Array& x = context.input();
  if (x.shape.back() > kMostGramColumns) return "the matrices have many columns";
  return x.is_row_major() ? nullptr : "the rows are not contiguous";
}

/// A rank-k update of one triangle for each piece of rows.
template <class T>
void update_by_pieces(T* x, std::int64_t m, std::int64_t n, T* c) {
  sum_of_pieces<T>(m, n, c,
                   [&](std::int64_t first, std::int64_t count, const blas::Matrix<T>& triangle) {
                     // Rows read as columns: x^T x = a a^T.
                     blas::syrk<T>('N', {x + first * n, n, count, n}, T{0}, triangle);
                   });
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
      multiply_by_blocks(matrix_in_place<T>(x, i), m, n, to);
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
    .multiply_adds = gram_multiply_adds,
};

Tensor gram(const Tensor& x) { return apply(kGram, {x}); }

}  // namespace gradus
