#include <fmt/format.h>

#include <numeric>

#include "gradus/base/error.h"
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
  const std::int64_t m = shape[shape.rank() - 2], n = shape.back();
  const std::int64_t k = context.attributes.as<QrAttributes>().complete ? m : std::min(m, n);
  return {{matrix_shape(shape, m, k), context.dtype(0)},
          {matrix_shape(shape, k, n), context.dtype(0)},
          {vector_shape(shape, n), DType::i64}};
}

/// Of a = q r with r square: (gq + q copyltu(r gr^T - gq^T q)) r^-T, where copyltu mirrors the
/// lower triangle (Walter and Lehmann 2010, "Algorithmic differentiation of linear algebra
/// functions").
Tensor square_gradient(const Tensor& q, const Tensor& r, const Tensor& of_q, const Tensor& of_r) {
  const Tensor m =
      matmul(r, matrix_transpose(upper_triangle(of_r))) - matmul(matrix_transpose(of_q), q);
  const Tensor mirrored = lower_triangle(m) + matrix_transpose(lower_triangle(m, -1));
  const Tensor left = of_q + matmul(q, mirrored);
  return matrix_transpose(triangular_solve(r, matrix_transpose(left), {.upper = true}));
}

/// Columns right of the square part of r are q^T a2, so a2's gradient is q gr2 and q's grows by
/// a2 gr2^T.
Inputs vjp(const VjpContext& context) {
  const std::int64_t m = context.inputs[0].dim(-2), n = context.inputs[0].dim(-1);
  const std::int64_t k = std::min(m, n);
  Tensor q = context.outputs[0], r = context.outputs[1];
  Tensor of_q = context.gradients[0], of_r = context.gradients[1];
  if (q.dim(-1) > k) {
    if (of_q.defined()) {
      throw Error(ErrorCode::unsupported, "qr",
                  "the complete q of a tall matrix has no derivative: its last columns are any "
                  "basis of what is left",
                  {q.shape()});
    }
    q = slice(q, -1, {0, k});
    r = slice(r, -2, {0, k});
    if (of_r.defined()) of_r = slice(of_r, -2, {0, k});
  }
  if (!of_q.defined()) of_q = zeros_like(q);
  if (!of_r.defined()) of_r = zeros_like(r);
  Tensor result;
  if (n > m) {
    const Tensor rest = slice(of_r, -1, {k});
    const Tensor others = matmul(q, slice(r, -1, {k}));
    const Tensor all_of_q = of_q + matmul(others, matrix_transpose(rest));
    result =
        concatenate({square_gradient(q, slice(r, -1, {0, k}), all_of_q, slice(of_r, -1, {0, k})),
                     matmul(q, rest)},
                    -1);
  } else {
    result = square_gradient(q, r, of_q, of_r);
  }
  if (!context.attributes.as<QrAttributes>().pivoting) return {result};
  const Tensor place = argsort(context.outputs[2], -1);
  return {
      take_along_axis(result, broadcast_to(expand_dims(place, -2), context.inputs[0].shape()), -1)};
}

template <class T>
void factor(const KernelContext& context, std::int64_t i, T* q, T* r, std::int64_t* order) {
  const Matrices matrices(context.input().shape);
  const std::int64_t m = matrices.rows, n = matrices.columns, reflections = matrices.smaller();
  const std::int64_t k = context.output(0).shape.back();
  const auto rows = lapack::size(m), columns = lapack::size(n);
  // q has room for a where it is not narrower.
  std::vector<T> work(k < n ? static_cast<std::size_t>(m * n) : 0);
  T* a = k < n ? work.data() : q;
  std::vector<T> tau(static_cast<std::size_t>(reflections));
  read_matrix(context, 0, i, Layout::columns, a);
  if (context.attributes<QrAttributes>().pivoting) {
    std::vector<lapack_int> pivots(static_cast<std::size_t>(n));
    check_status("qr", lapack::Calls<T>::geqp3(LAPACK_COL_MAJOR, rows, columns, a, rows,
                                               pivots.data(), tau.data()));
    for (std::int64_t c = 0; c < n; ++c) order[c] = pivots[static_cast<std::size_t>(c)] - 1;
  } else {
    check_status("qr",
                 lapack::Calls<T>::geqrf(LAPACK_COL_MAJOR, rows, columns, a, rows, tau.data()));
  }
  // On and above the diagonal stands r; below it, the reflections that make q.
  for (std::int64_t row = 0; row < k; ++row) {
    std::fill(r + row * n, r + row * n + std::min(row, n), T(0));
    for (std::int64_t c = row; c < n; ++c) r[row * n + c] = a[c * m + row];
  }
  if (a != q) std::copy_n(a, m * k, q);
  // LAPACKE looks for NaN in all of q, the columns that orgqr only writes among them.
  if (k > n) std::fill(q + m * n, q + m * k, T(0));
  check_status("qr", lapack::Calls<T>::orgqr(LAPACK_COL_MAJOR, rows, lapack::size(k),
                                             lapack::size(reflections), q, rows, tau.data()));
}

void run_lapack(const KernelContext& context) {
  const Shape& shape = context.input().shape;
  Array& q = context.allocate(0, column_major(context.output(0).shape));
  Array& r = context.allocate(1);
  Array& order = context.allocate(2);
  const Matrices matrices(shape);
  const std::int64_t m = matrices.rows, n = matrices.columns, k = q.shape.back();
  with_real(q.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 2 * m * n * matrices.smaller(), [&](std::int64_t i) {
      std::int64_t* columns = order.mutable_data<std::int64_t>() + i * n;
      T* basis = q.mutable_data<T>() + i * m * k;
      std::iota(columns, columns + n, std::int64_t{0});
      if (m * n > 0) {
        factor(context, i, basis, r.mutable_data<T>() + i * k * n, columns);
      } else {
        for (std::int64_t e = 0; e < m * k; ++e) basis[e] = e % (m + 1) == 0 ? T(1) : T(0);
      }
    });
  });
}

/// Householder's reflections, one after the other, with LAPACK's signs: r's diagonal element has
/// the sign opposite to that of the column's first element, unless nothing is left to reflect.
struct Reflections {
  std::size_t m, n;
  std::vector<double> r, q;
  std::vector<std::int64_t> order;

  double square_below(std::size_t column, std::size_t row) const {
    double sum = 0;
    for (std::size_t k = row; k < m; ++k) sum += r[k * n + column] * r[k * n + column];
    return sum;
  }
  void pivot(std::size_t step) {
    std::size_t largest = step;
    for (std::size_t c = step + 1; c < n; ++c) {
      // Columns of equal length stay in order; rounding must not exchange them.
      if (square_below(c, step) > square_below(largest, step) * (1 + 1e-12)) largest = c;
    }
    for (std::size_t row = 0; row < m; ++row) std::swap(r[row * n + step], r[row * n + largest]);
    std::swap(order[step], order[largest]);
  }
  void reflect(std::size_t step) {
    if (square_below(step, step + 1) == 0) return;
    std::vector<double> v(m);
    for (std::size_t k = step; k < m; ++k) v[k] = r[k * n + step];
    v[step] += std::copysign(std::sqrt(square_below(step, step)), v[step]);
    double square = 0;
    for (const double x : v) square += x * x;
    for (std::size_t c = 0; c < n; ++c) {
      double product = 0;
      for (std::size_t k = step; k < m; ++k) product += v[k] * r[k * n + c];
      for (std::size_t k = step; k < m; ++k) r[k * n + c] -= 2 * product / square * v[k];
    }
    for (std::size_t row = 0; row < m; ++row) {
      double product = 0;
      for (std::size_t k = step; k < m; ++k) product += q[row * m + k] * v[k];
      for (std::size_t k = step; k < m; ++k) q[row * m + k] -= 2 * product / square * v[k];
    }
  }
};

void run_reference(const KernelContext& context) {
  Array& q = context.allocate(0);
  Array& r = context.allocate(1);
  Array& order = context.allocate(2);
  const Matrices matrices(context.input().shape);
  const auto m = static_cast<std::size_t>(matrices.rows);
  const auto n = static_cast<std::size_t>(matrices.columns);
  const auto k = static_cast<std::size_t>(q.shape.back());
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    Reflections work{m, n, matrix_in_double(context, 0, i), std::vector<double>(m * m),
                     std::vector<std::int64_t>(n)};
    for (std::size_t row = 0; row < m; ++row) work.q[row * m + row] = 1;
    std::iota(work.order.begin(), work.order.end(), std::int64_t{0});
    for (std::size_t step = 0; step < std::min(m, n); ++step) {
      if (context.attributes<QrAttributes>().pivoting) work.pivot(step);
      work.reflect(step);
    }
    std::vector<double> basis, triangle;
    for (std::size_t row = 0; row < m; ++row) {
      basis.insert(basis.end(), &work.q[row * m], &work.q[row * m] + k);
      for (std::size_t c = 0; c < n && row < k; ++c) {
        triangle.push_back(c < row ? 0 : work.r[row * n + c]);
      }
    }
    write_part(q, i, basis);
    write_part(r, i, triangle);
    std::copy(work.order.begin(), work.order.end(),
              order.mutable_data<std::int64_t>() + i * matrices.columns);
  }
}

std::vector<Sample> samples() {
  const Tensor square{{{3, 2, -1}, {4, 1, 0.5f}, {-2, 0.5f, 2}},
                      {{1, -2, 1}, {4, -1, 2}, {1, 2, 3}}};
  const Tensor tall{{{1, 2}, {-3, 1}, {2, 5}, {0.5f, -1}}};
  const Tensor wide{{{1, 2, -1, 3}, {2, -3, 0.5f, 1}}};
  const QrAttributes complete{.complete = true}, pivoting{.pivoting = true};
  return {
      {.name = "square", .inputs = {square}, .attributes = QrAttributes{}},
      {.name = "tall", .inputs = {tall}, .attributes = QrAttributes{}},
      {.name = "wide", .inputs = {wide}, .attributes = QrAttributes{}},
      {.name = "complete, tall", .inputs = {tall}, .attributes = complete, .differentiable = false},
      {.name = "complete, wide", .inputs = {wide}, .attributes = complete},
      {.name = "pivoting", .inputs = {square}, .attributes = pivoting},
      {.name = "pivoting, tall", .inputs = {tall}, .attributes = pivoting},
      {.name = "pivoting, wide", .inputs = {wide}, .attributes = pivoting},
      {.name = "empty",
       .inputs = {zeros({2, 3, 0})},
       .attributes = complete,
       .differentiable = false},
  };
}

}  // namespace

const OpDef kQr{
    .name = "qr",
    .doc =
        "q with orthonormal columns and an upper triangle r, whose product is a, its columns in "
        "the "
        "order `permutation`. (..., m, n) -> (..., m, k), (..., k, n), i64 (..., n)",
    .infer = infer,
    .vjp = vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"lapack", nullptr, run_lapack}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

}  // namespace gradus
