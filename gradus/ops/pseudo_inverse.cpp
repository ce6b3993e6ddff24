#include <limits>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer(const InferContext& context) {
  require_matrices(context, 0);
  const Shape& shape = context.shape(0);
  return {{matrix_shape(shape, shape.back(), shape[shape.rank() - 2]), context.dtype(0)}};
}

/// Golub and Pereyra 1973, "The differentiation of pseudo-inverses", eq. 4.12, transposed: with p
/// the pseudo-inverse, -p^T g p^T + (1 - a p) g^T p p^T + p^T p g^T (1 - p a), where the rank
/// stays.
Inputs vjp(const VjpContext& context) {
  const Tensor& a = context.inputs[0];
  const Tensor& p = context.output();
  const Tensor pt = matrix_transpose(p), gt = matrix_transpose(context.gradient());
  const Tensor inner = -matmul(matmul(pt, context.gradient()), pt);
  const Tensor left = matmul(matmul(gt, p), pt);
  const Tensor right = matmul(pt, matmul(p, gt));
  return {inner + left - matmul(a, matmul(p, left)) + right - matmul(matmul(right, p), a)};
}

template <class T>
void invert(const KernelContext& context, std::int64_t i, T* to) {
  const Matrices matrices(context.input().shape);
  const std::int64_t m = matrices.rows, n = matrices.columns, k = matrices.smaller();
  std::vector<T> a(static_cast<std::size_t>(m * n)), s(static_cast<std::size_t>(k)),
      u(static_cast<std::size_t>(m * k)), vh(static_cast<std::size_t>(k * n));
  read_matrix(context, 0, i, Layout::rows, a.data());
  // Read as columns, the rows of a are a^T = v s u^T: v comes out column by column, u row by row.
  const auto status = lapack::Calls<T>::gesdd(
      LAPACK_COL_MAJOR, 'S', lapack::size(n), lapack::size(m), a.data(), lapack::size(n), s.data(),
      vh.data(), lapack::size(n), u.data(), lapack::size(k));
  check_status("pseudo_inverse", status);
  if (status > 0) refuse_matrix(context, i, "has singular values that do not converge");
  const double given = context.attributes<PseudoInverseAttributes>().cutoff;
  const double cutoff = given >= 0 ? given
                                   : static_cast<double>(std::max(m, n)) *
                                         static_cast<double>(std::numeric_limits<T>::epsilon());
  const auto limit = static_cast<T>(cutoff * static_cast<double>(s[0]));
  for (std::int64_t row = 0; row < k; ++row) {
    const T value = s[static_cast<std::size_t>(row)];
    const T factor = value > limit ? 1 / value : T(0);
    for (std::int64_t c = 0; c < n; ++c) vh[static_cast<std::size_t>(row * n + c)] *= factor;
  }
  multiply<T>({vh.data(), 1, n}, {u.data(), 1, k}, n, m, k, to);
}

void run_lapack(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(context.input().shape);
  if (matrices.elements() == 0) return;
  with_real(result.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 10 * matrices.elements() * matrices.smaller(),
                    [&](std::int64_t i) {
                      invert(context, i, result.mutable_data<T>() + i * matrices.elements());
                    });
  });
}

/// Ben-Israel and Cohen's iteration x <- 2 x - x a x from a multiple of a^T, which takes no notice
/// of the rank.
void run_reference(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(context.input().shape);
  const auto m = static_cast<std::size_t>(matrices.rows);
  const auto n = static_cast<std::size_t>(matrices.columns);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const std::vector<double> a = matrix_in_double(context, 0, i);
    std::vector<double> x(n * m);
    double square = 0;
    for (const double value : a) square += value * value;
    for (std::size_t r = 0; r < m; ++r) {
      for (std::size_t c = 0; c < n; ++c) x[c * m + r] = a[r * n + c] / square;
    }
    for (int step = 0; step < 60; ++step) {
      std::vector<double> xa(n * n), next(n * m);
      for (std::size_t p = 0; p < n; ++p) {
        for (std::size_t q = 0; q < n; ++q) {
          for (std::size_t k = 0; k < m; ++k) xa[p * n + q] += x[p * m + k] * a[k * n + q];
        }
      }
      for (std::size_t p = 0; p < n; ++p) {
        for (std::size_t q = 0; q < m; ++q) {
          next[p * m + q] = 2 * x[p * m + q];
          for (std::size_t k = 0; k < n; ++k) next[p * m + q] -= xa[p * n + k] * x[k * m + q];
        }
      }
      x = std::move(next);
    }
    write_part(result, i, x);
  }
}

std::vector<Sample> samples() {
  const PseudoInverseAttributes plain{};
  return {
      {.name = "tall",
       .inputs = {Tensor{{{1, 2}, {-3, 1}, {2, 5}, {0.5f, -1}}}},
       .attributes = plain},
      {.name = "wide", .inputs = {Tensor{{{1, 2, -1}, {2, -3, 0.5f}}}}, .attributes = plain},
      {.name = "cut off",
       .inputs = {Tensor{{{3, 0}, {0, 1}}, {{2, 1}, {-1, 2}}}},
       .attributes = PseudoInverseAttributes{.cutoff = 0.1}},
      {.name = "empty", .inputs = {zeros({2, 0, 3})}, .attributes = plain},
  };
}

}  // namespace

const OpDef kPseudoInverse{
    .name = "pseudo_inverse",
    .doc =
        "Moore and Penrose's inverse, by singular values above a cutoff. "
        "(..., m, n) -> (..., n, m)",
    .infer = infer,
    .vjp = vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"lapack", nullptr, run_lapack}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

}  // namespace gradus
