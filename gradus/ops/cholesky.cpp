#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer(const InferContext& context) {
  require_square_matrices(context, 0);
  return {{context.shape(0), context.dtype(0)}};
}

/// Murray 2016, "Differentiation of the Cholesky decomposition", eq. 10: with Phi the lower
/// triangle whose diagonal is halved, the gradient is the symmetric part of L^-T Phi(L^T gL) L^-1.
Inputs vjp(const VjpContext& context) {
  const Tensor& l = context.output();
  const Tensor product = matmul(matrix_transpose(l), lower_triangle(context.gradient()));
  const Tensor phi = lower_triangle(product) - 0.5 * diagonal_matrix(diagonal(product));
  const TriangularAttributes transposed{.transposed = true};
  const Tensor left = triangular_solve(l, phi, transposed);
  const Tensor both = triangular_solve(l, matrix_transpose(left), transposed);
  return {0.5 * (both + matrix_transpose(both))};
}

[[noreturn]] void refuse_minor(const KernelContext& context, std::int64_t i, std::int64_t order) {
  refuse_matrix(
      context, i,
      fmt::format("is not positive definite: its leading minor of order {} is not", order));
}

void run_lapack(const KernelContext& context) {
  Array& l = context.allocate();
  const Matrices matrices(l.shape);
  const std::int64_t n = matrices.rows;
  if (l.shape.size() == 0) return;
  with_real(l.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, n * n * n / 3, [&](std::int64_t i) {
      T* a = l.mutable_data<T>() + i * n * n;
      read_symmetric_part(context, 0, i, a);
      // Row by row below the diagonal is column by column above it.
      const auto status =
          lapack::Calls<T>::potrf(LAPACK_COL_MAJOR, 'U', lapack::size(n), a, lapack::size(n));
      check_status("cholesky", status);
      if (status > 0) refuse_minor(context, i, status);
      for (std::int64_t row = 0; row < n; ++row) {
        std::fill(a + row * n + row + 1, a + (row + 1) * n, T(0));
      }
    });
  });
}

void run_reference(const KernelContext& context) {
  Array& l = context.allocate();
  const Matrices matrices(l.shape);
  const auto n = static_cast<std::size_t>(matrices.rows);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    std::vector<double> a = symmetric_part_in_double(context, 0, i);
    for (std::size_t column = 0; column < n; ++column) {
      for (std::size_t row = 0; row < n; ++row) {
        if (row < column) {
          a[row * n + column] = 0;
          continue;
        }
        double sum = a[row * n + column];
        for (std::size_t k = 0; k < column; ++k) sum -= a[row * n + k] * a[column * n + k];
        if (row == column && !(sum > 0)) {
          refuse_minor(context, i, static_cast<std::int64_t>(row) + 1);
        }
        a[row * n + column] = row == column ? std::sqrt(sum) : sum / a[column * n + column];
      }
    }
    write_part(l, i, a);
  }
}

std::vector<Sample> samples() {
  return {
      {.name = "batch",
       .inputs = {Tensor{{{4, 1, -1}, {1, 3, 0.5f}, {-1, 0.5f, 2}},
                         {{2, 0, 1}, {0, 1, 0}, {1, 0, 3}}}}},
      {.name = "not symmetric", .inputs = {Tensor{{{2, 1}, {0.5f, 3}}}}},
      {.name = "1 x 1", .inputs = {full({2, 1, 1}, 4)}},
      {.name = "empty", .inputs = {zeros({2, 0, 0})}},
  };
}

}  // namespace

const OpDef kCholesky{
    .name = "cholesky",
    .doc = "The lower triangle l of l l^T, the symmetric part of a. (..., n, n) -> (..., n, n)",
    .infer = infer,
    .vjp = vjp,
    .refuses = "matrices that are not finite or not positive definite",
    .kernels = {{"lapack", nullptr, run_lapack}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

}  // namespace gradus
