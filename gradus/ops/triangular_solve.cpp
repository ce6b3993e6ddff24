#include <fmt/format.h>

#include "gradus/base/error.h"
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
  require_matching_rows(context);
  return {{context.shape(1), context.dtype(1)}};
}

/// a^T gb = g; ga = -gb x^T (for a^T x = b: -x gb^T), where a is read.
Inputs vjp(const VjpContext& context) {
  const Tensor& a = context.inputs[0];
  const Tensor& x = context.output();
  const auto& attributes = context.attributes.as<TriangularAttributes>();
  TriangularAttributes opposite = attributes;
  opposite.transposed = !attributes.transposed;
  const Tensor of_b = triangular_solve(a, context.gradient(), opposite);
  Inputs result{Tensor(), of_b};
  if (!context.needed[0]) return result;
  const Tensor product =
      attributes.transposed ? matmul(x, matrix_transpose(of_b)) : matmul(of_b, matrix_transpose(x));
  const std::int64_t offset = attributes.unit_diagonal ? 1 : 0;
  result[0] =
      -(attributes.upper ? upper_triangle(product, offset) : lower_triangle(product, -offset));
  return result;
}

[[noreturn]] void refuse_zero(const KernelContext& context, std::int64_t i, std::int64_t place) {
  refuse_matrix(context, i, fmt::format("is singular: element {} of its diagonal is zero", place));
}

/// A matrix of an input as LAPACK can read it where it lies, column by column or, transposed, row
/// by row; or a copy.
template <class T>
struct Reading {
  const T* data;
  std::int64_t leading;
  bool transposed;
  std::vector<T> copy;
};

template <class T>
Reading<T> reading(const KernelContext& context, std::int64_t i) {
  const Array& a = context.input(0);
  const auto rank = static_cast<std::size_t>(a.shape.rank());
  const std::int64_t n = a.shape.back();
  const std::int64_t row = a.strides[rank - 2], column = a.strides[rank - 1];
  const T* at = a.data<T>() + start_of_matrix(a, i);
  if (row == 1 && column >= n) return {at, column, false, {}};
  if (column == 1 && row >= n) return {at, row, true, {}};
  std::vector<T> copy(static_cast<std::size_t>(n * n));
  for (std::int64_t c = 0; c < n; ++c) {
    for (std::int64_t r = 0; r < n; ++r) {
      copy[static_cast<std::size_t>(c * n + r)] = at[r * row + c * column];
    }
  }
  const T* data = copy.data();
  return {data, n, false, std::move(copy)};
}

void run_lapack(const KernelContext& context) {
  const Array& b = context.input(1);
  Array& x = context.allocate(0, column_major(b.shape));
  copy_strided(b.shape, size_of(b.dtype), b.bytes(), b.strides, x.mutable_bytes(), x.strides);
  if (x.shape.size() == 0) return;
  const auto& attributes = context.attributes<TriangularAttributes>();
  const Matrices sides(b.shape);
  const std::int64_t n = sides.rows;
  with_real(b.dtype, [&]<class T>() {
    for_each_matrix(sides.count, n * n * sides.columns / 2, [&](std::int64_t i) {
      const Reading<T> a = reading<T>(context, i);
      const auto status = lapack::Calls<T>::trtrs(
          LAPACK_COL_MAJOR, attributes.upper != a.transposed ? 'U' : 'L',
          attributes.transposed != a.transposed ? 'T' : 'N', attributes.unit_diagonal ? 'U' : 'N',
          lapack::size(n), lapack::size(sides.columns), a.data, lapack::size(a.leading),
          x.mutable_data<T>() + i * sides.elements(), lapack::size(n));
      check_status("solve_triangular", status);
      if (status > 0) refuse_zero(context, i, status - 1);
    });
  });
}

void run_reference(const KernelContext& context) {
  Array& x = context.allocate();
  const auto& attributes = context.attributes<TriangularAttributes>();
  const Matrices sides(x.shape);
  const auto n = static_cast<std::size_t>(sides.rows);
  const auto columns = static_cast<std::size_t>(sides.columns);
  const bool backwards = attributes.upper != attributes.transposed;
  for (std::int64_t i = 0; i < sides.count; ++i) {
    const std::vector<double> a = matrix_in_double(context, 0, i);
    std::vector<double> b = matrix_in_double(context, 1, i);
    const auto element = [&](std::size_t row, std::size_t column) {
      return attributes.transposed ? a[column * n + row] : a[row * n + column];
    };
    for (std::size_t step = 0; step < n; ++step) {
      const std::size_t row = backwards ? n - 1 - step : step;
      const double pivot = attributes.unit_diagonal ? 1 : element(row, row);
      if (pivot == 0) refuse_zero(context, i, static_cast<std::int64_t>(row));
      for (std::size_t c = 0; c < columns; ++c) {
        for (std::size_t done = 0; done < step; ++done) {
          const std::size_t k = backwards ? n - 1 - done : done;
          b[row * columns + c] -= element(row, k) * b[k * columns + c];
        }
        b[row * columns + c] /= pivot;
      }
    }
    write_part(x, i, b);
  }
}

std::vector<Sample> samples() {
  const Tensor a{{{2, 1, -1}, {1, 3, 0.5f}, {-1, 0.5f, 2}}, {{1, -2, 1}, {4, -1, 2}, {1, 2, 3}}};
  const Tensor b{{{1, 2}, {3, -4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {1, 7}}};
  return {
      {.name = "lower", .inputs = {a, b}, .attributes = TriangularAttributes{}},
      {.name = "upper", .inputs = {a, b}, .attributes = TriangularAttributes{.upper = true}},
      {.name = "lower, transposed",
       .inputs = {a, b},
       .attributes = TriangularAttributes{.transposed = true}},
      {.name = "upper, transposed, unit diagonal",
       .inputs = {a, b},
       .attributes =
           TriangularAttributes{.upper = true, .transposed = true, .unit_diagonal = true}},
      {.name = "lower, unit diagonal",
       .inputs = {a, b},
       .attributes = TriangularAttributes{.unit_diagonal = true}},
      {.name = "no right side",
       .inputs = {a, zeros({2, 3, 0})},
       .attributes = TriangularAttributes{}},
  };
}

}  // namespace

const OpDef kTriangularSolve{
    .name = "solve_triangular",
    .doc =
        "x of a x = b or a^T x = b, where only a triangle of a is read. "
        "(..., n, n), (..., n, k) -> (..., n, k)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer,
    .vjp = vjp,
    .refuses = "matrices that are not finite or singular",
    .kernels = {{"lapack", nullptr, run_lapack}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

Tensor triangular_solve(const Tensor& a, const Tensor& b, const TriangularAttributes& attributes) {
  return apply(kTriangularSolve, {a, b}, attributes);
}

}  // namespace gradus
