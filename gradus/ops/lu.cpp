#include <numeric>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer(const InferContext& context) {
  require_matrices(context, 0);
  const Shape& shape = context.shape(0);
  return {{shape, context.dtype(0)}, {vector_shape(shape, shape[shape.rank() - 2]), DType::i64}};
}

/// The factors of a square part: l^-T (strict lower(l^T gl) + upper(gu u^T)) u^-T.
Tensor square_gradient(const Tensor& packed, const Tensor& of_l, const Tensor& of_u) {
  const Tensor l =
      lower_triangle(packed, -1) + eye(packed.dim(-1), packed.dim(-1), 0, packed.dtype());
  const Tensor inner = lower_triangle(matmul(matrix_transpose(l), of_l), -1) +
                       upper_triangle(matmul(of_u, matrix_transpose(upper_triangle(packed))));
  const Tensor left = triangular_solve(packed, inner, {.transposed = true, .unit_diagonal = true});
  return matrix_transpose(triangular_solve(packed, matrix_transpose(left), {.upper = true}));
}

/// The columns right of the square part are u2 = l^-1 a2, the rows below it l2 = a2 u^-1: their
/// gradients first, with what they owe to the factors of the square part.
Inputs vjp(const VjpContext& context) {
  const Tensor& packed = context.outputs[0];
  const Tensor& gradient = context.gradients[0];
  if (!gradient.defined()) return {Tensor()};
  const std::int64_t m = packed.dim(-2), n = packed.dim(-1), k = std::min(m, n);
  const Range head{0, k}, tail{k};
  const Tensor square = slice(slice(packed, -2, head), -1, head);
  const Tensor of_square = slice(slice(gradient, -2, head), -1, head);
  Tensor of_l = lower_triangle(of_square, -1);
  Tensor of_u = upper_triangle(of_square);
  Tensor result;
  if (n > m) {
    const Tensor rest = triangular_solve(square, slice(gradient, -1, tail),
                                         {.transposed = true, .unit_diagonal = true});
    of_l = of_l - lower_triangle(matmul(rest, matrix_transpose(slice(packed, -1, tail))), -1);
    result = concatenate({square_gradient(square, of_l, of_u), rest}, -1);
  } else if (m > n) {
    const Tensor rest = matrix_transpose(
        triangular_solve(square, matrix_transpose(slice(gradient, -2, tail)), {.upper = true}));
    of_u = of_u - upper_triangle(matmul(matrix_transpose(slice(packed, -2, tail)), rest));
    result = concatenate({square_gradient(square, of_l, of_u), rest}, -2);
  } else {
    result = square_gradient(square, of_l, of_u);
  }
  const Tensor place = argsort(context.outputs[1], -1);
  return {take_along_axis(result, broadcast_to(expand_dims(place, -1), packed.shape()), -2)};
}

void run_lapack(const KernelContext& context) {
  const Shape& shape = context.input().shape;
  Array& packed = context.allocate(0, column_major(shape));
  Array& permutation = context.allocate(1);
  const Matrices matrices(shape);
  const std::int64_t m = matrices.rows, n = matrices.columns;
  with_real(packed.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, m * n * matrices.smaller() / 2, [&](std::int64_t i) {
      std::int64_t* rows = permutation.mutable_data<std::int64_t>() + i * m;
      std::iota(rows, rows + m, std::int64_t{0});
      if (m * n == 0) return;
      T* a = packed.mutable_data<T>() + i * m * n;
      std::vector<lapack_int> pivots(static_cast<std::size_t>(matrices.smaller()));
      read_matrix(context, 0, i, Layout::columns, a);
      check_status("lu", lapack::Calls<T>::getrf(LAPACK_COL_MAJOR, lapack::size(m), lapack::size(n),
                                                 a, lapack::size(m), pivots.data()));
      for (std::size_t k = 0; k < pivots.size(); ++k) std::swap(rows[k], rows[pivots[k] - 1]);
    });
  });
}

void run_reference(const KernelContext& context) {
  Array& packed = context.allocate(0);
  Array& permutation = context.allocate(1);
  const Matrices matrices(packed.shape);
  const auto m = static_cast<std::size_t>(matrices.rows);
  const auto n = static_cast<std::size_t>(matrices.columns);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    std::vector<double> a = matrix_in_double(context, 0, i);
    std::int64_t* rows = permutation.mutable_data<std::int64_t>() + i * matrices.rows;
    std::iota(rows, rows + m, std::int64_t{0});
    for (std::size_t step = 0; step < std::min(m, n); ++step) {
      std::size_t pivot = step;
      for (std::size_t row = step; row < m; ++row) {
        if (std::abs(a[row * n + step]) > std::abs(a[pivot * n + step])) pivot = row;
      }
      std::swap(rows[step], rows[pivot]);
      for (std::size_t c = 0; c < n; ++c) std::swap(a[step * n + c], a[pivot * n + c]);
      for (std::size_t row = step + 1; row < m && a[step * n + step] != 0; ++row) {
        const double factor = a[row * n + step] /= a[step * n + step];
        for (std::size_t c = step + 1; c < n; ++c) a[row * n + c] -= factor * a[step * n + c];
      }
    }
    write_part(packed, i, a);
  }
}

std::vector<Sample> samples() {
  return {
      {.name = "square",
       .inputs = {Tensor{{{0, 2, -1}, {1, 3, 0.5f}, {-2, 0.5f, 2}},
                         {{1, -2, 1}, {4, -1, 2}, {1, 2, 3}}}}},
      {.name = "wide", .inputs = {Tensor{{{1, 2, -1, 3}, {2, 3, 0.5f, 1}}}}},
      {.name = "tall", .inputs = {Tensor{{{1, 2}, {-3, 1}, {2, 5}, {0.5f, -1}}}}},
      {.name = "singular", .inputs = {Tensor{{{1, 2}, {2, 4}}}}, .differentiable = false},
      {.name = "empty", .inputs = {zeros({2, 3, 0})}, .differentiable = false},
  };
}

}  // namespace

const OpDef kLu{
    .name = "lu",
    .doc =
        "Factors of the rows of a in the order `permutation`: u on and above the diagonal, the "
        "unit "
        "lower l below it. (..., m, n) -> (..., m, n), i64 (..., m)",
    .infer = infer,
    .vjp = vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"lapack", nullptr, run_lapack}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

}  // namespace gradus
