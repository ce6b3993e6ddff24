#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer_solve(const InferContext& context) {
  require_square_matrices(context, 0);
  require_matching_rows(context);
  return {{context.shape(1), context.dtype(1)}};
}

Specs infer_inverse(const InferContext& context) {
  require_square_matrices(context, 0);
  return {{context.shape(0), context.dtype(0)}};
}

Inputs solve_vjp(const VjpContext& context) {
  const Tensor of_b = apply(kSolve, {matrix_transpose(context.inputs[0]), context.gradient()});
  Inputs result{Tensor(), of_b};
  if (context.needed[0]) result[0] = -matmul(of_b, matrix_transpose(context.output()));
  return result;
}

Inputs inverse_vjp(const VjpContext& context) {
  const Tensor inverse = matrix_transpose(context.output());
  return {-matmul(matmul(inverse, context.gradient()), inverse)};
}

[[noreturn]] void refuse_singular(const KernelContext& context, std::int64_t i,
                                  std::int64_t pivot) {
  refuse_matrix(context, i, fmt::format("is singular: pivot {} of its LU factors is zero", pivot));
}

void run_solve(const KernelContext& context) {
  const Array& b = context.input(1);
  Array& x = context.allocate(0, column_major(b.shape));
  copy_strided(b.shape, size_of(b.dtype), b.bytes(), b.strides, x.mutable_bytes(), x.strides);
  const Matrices sides(b.shape);
  const std::int64_t n = sides.rows;
  if (n == 0) return;
  with_real(b.dtype, [&]<class T>() {
    for_each_matrix(sides.count, n * n * (n / 3 + sides.columns), [&](std::int64_t i) {
      std::vector<T> a(static_cast<std::size_t>(n * n));
      std::vector<lapack_int> pivots(static_cast<std::size_t>(n));
      read_matrix(context, 0, i, Layout::columns, a.data());
      const auto size = lapack::size(n);
      auto status =
          lapack::Calls<T>::getrf(LAPACK_COL_MAJOR, size, size, a.data(), size, pivots.data());
      check_status("solve", status);
      if (status > 0) refuse_singular(context, i, status - 1);
      if (sides.columns == 0) return;
      status = lapack::Calls<T>::getrs(LAPACK_COL_MAJOR, 'N', size, lapack::size(sides.columns),
                                       a.data(), size, pivots.data(),
                                       x.mutable_data<T>() + i * sides.elements(), size);
      check_status("solve", status);
    });
  });
}

void run_inverse(const KernelContext& context) {
  Array& inverse = context.allocate();
  const Matrices matrices(inverse.shape);
  const std::int64_t n = matrices.rows;
  if (n == 0) return;
  with_real(inverse.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, n * n * n, [&](std::int64_t i) {
      // Read as columns, the rows of a are a^T; what comes out is its inverse, again transposed.
      T* a = inverse.mutable_data<T>() + i * n * n;
      std::vector<lapack_int> pivots(static_cast<std::size_t>(n));
      read_matrix(context, 0, i, Layout::rows, a);
      const auto size = lapack::size(n);
      auto status = lapack::Calls<T>::getrf(LAPACK_COL_MAJOR, size, size, a, size, pivots.data());
      check_status("inverse", status);
      if (status > 0) refuse_singular(context, i, status - 1);
      status = lapack::Calls<T>::getri(LAPACK_COL_MAJOR, size, a, size, pivots.data());
      check_status("inverse", status);
    });
  });
}

/// Gauss and Jordan's elimination with the largest pivot of each column; x (n, columns) becomes
/// a^-1 x.
void eliminate(const KernelContext& context, std::int64_t i, std::size_t n, std::size_t columns,
               std::vector<double>& a, std::vector<double>& x) {
  for (std::size_t step = 0; step < n; ++step) {
    std::size_t pivot = step;
    for (std::size_t row = step; row < n; ++row) {
      if (std::abs(a[row * n + step]) > std::abs(a[pivot * n + step])) pivot = row;
    }
    if (a[pivot * n + step] == 0) refuse_singular(context, i, static_cast<std::int64_t>(step));
    for (std::size_t c = 0; c < n; ++c) std::swap(a[step * n + c], a[pivot * n + c]);
    for (std::size_t c = 0; c < columns; ++c)
      std::swap(x[step * columns + c], x[pivot * columns + c]);
    for (std::size_t row = 0; row < n; ++row) {
      if (row == step) continue;
      const double factor = a[row * n + step] / a[step * n + step];
      for (std::size_t c = step; c < n; ++c) a[row * n + c] -= factor * a[step * n + c];
      for (std::size_t c = 0; c < columns; ++c) {
        x[row * columns + c] -= factor * x[step * columns + c];
      }
    }
  }
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t c = 0; c < columns; ++c) x[row * columns + c] /= a[row * n + row];
  }
}

void run_solve_reference(const KernelContext& context) {
  Array& x = context.allocate();
  const Matrices sides(x.shape);
  for (std::int64_t i = 0; i < sides.count; ++i) {
    std::vector<double> a = matrix_in_double(context, 0, i);
    std::vector<double> b = matrix_in_double(context, 1, i);
    eliminate(context, i, static_cast<std::size_t>(sides.rows),
              static_cast<std::size_t>(sides.columns), a, b);
    write_part(x, i, b);
  }
}

void run_inverse_reference(const KernelContext& context) {
  Array& inverse = context.allocate();
  const Matrices matrices(inverse.shape);
  const auto n = static_cast<std::size_t>(matrices.rows);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    std::vector<double> a = matrix_in_double(context, 0, i);
    std::vector<double> x(n * n);
    for (std::size_t k = 0; k < n; ++k) x[k * n + k] = 1;
    eliminate(context, i, n, n, a, x);
    write_part(inverse, i, x);
  }
}

Tensor sample() {
  return Tensor{{{0, 2, -1}, {1, 3, 0.5f}, {-1, 0.5f, 2}}, {{1, -2, 1}, {4, -1, 2}, {1, 2, 3}}};
}

std::vector<Sample> solve_samples() {
  const Tensor b{{{1, 2}, {3, -4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {1, 7}}};
  return {
      {.name = "batch", .inputs = {sample(), b}},
      {.name = "1 x 1", .inputs = {full({1, 1, 1}, 4), Tensor{{{1, 2, 3}}}}},
      {.name = "no right side", .inputs = {sample(), zeros({2, 3, 0})}},
      {.name = "empty", .inputs = {zeros({2, 0, 0}), zeros({2, 0, 3})}},
  };
}

std::vector<Sample> inverse_samples() {
  return {
      {.name = "batch", .inputs = {sample()}},
      {.name = "1 x 1", .inputs = {full({1, 1, 1}, 4)}},
      {.name = "empty", .inputs = {zeros({2, 0, 0})}},
  };
}

}  // namespace

const OpDef kSolve{
    .name = "solve",
    .doc =
        "x of a x = b, by LU factors with partial pivoting. "
        "(..., n, n), (..., n, k) -> (..., n, k)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_solve,
    .vjp = solve_vjp,
    .refuses = "matrices that are not finite or singular",
    .kernels = {{"lapack", nullptr, run_solve}, {"reference", nullptr, run_solve_reference}},
    .samples = solve_samples,
};

const OpDef kInverse{
    .name = "inverse",
    .doc = "The inverse of a matrix, by its LU factors. (..., n, n) -> (..., n, n)",
    .infer = infer_inverse,
    .vjp = inverse_vjp,
    .refuses = "matrices that are not finite or singular",
    .kernels = {{"lapack", nullptr, run_inverse}, {"reference", nullptr, run_inverse_reference}},
    .samples = inverse_samples,
};

}  // namespace gradus
