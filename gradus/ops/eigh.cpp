#include <limits>
#include <numeric>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduction.h"
#include "gradus/ops/select.h"
#include "gradus/ops/spectrum.h"
#include "gradus/ops/triangle.h"
#include "gradus/ops/tridiagonal.h"

namespace gradus {
namespace {

Specs infer_eigh(const InferContext& context) {
  require_square_matrices(context, 0);
  const Shape& shape = context.shape(0);
  return {{vector_shape(shape, shape.back()), context.dtype(0)}, {shape, context.dtype(0)}};
}

Specs infer_eigvalsh(const InferContext& context) {
  require_square_matrices(context, 0);
  const Shape& shape = context.shape(0);
  return {{vector_shape(shape, shape.back()), context.dtype(0)}};
}

/// v (diag(gw) + F * (v^T gv)) v^T with F_ij = 1 / (w_j - w_i) (Giles 2008, section 3.1), and its
/// symmetric part, since the symmetric part of a is taken.
Tensor spectral_gradient(const Tensor& w, const Tensor& v, const Tensor& of_w, const Tensor& of_v) {
  Tensor inner = of_w.defined() ? diagonal_matrix(of_w) : Tensor();
  if (of_v.defined()) {
    const Tensor turned = inverse_differences(w) * matmul(matrix_transpose(v), of_v);
    inner = inner.defined() ? inner + turned : turned;
  }
  const Tensor symmetric = 0.5 * (inner + matrix_transpose(inner));
  return matmul(matmul(v, symmetric), matrix_transpose(v));
}

Inputs eigh_vjp(const VjpContext& context) {
  return {spectral_gradient(context.outputs[0], context.outputs[1], context.gradients[0],
                            context.gradients[1])};
}

Inputs eigvalsh_vjp(const VjpContext& context) {
  const auto pairs = apply_all(kEigh, {context.inputs[0]});
  return {spectral_gradient(pairs[0], pairs[1], context.gradient(), Tensor())};
}

template <class T>
void decompose(const KernelContext& context, std::int64_t i, char job, T* a, T* w) {
  const std::int64_t n = context.input().shape.back();
  read_symmetric_part(context, 0, i, a);
  const auto status =
      lapack::Calls<T>::syevd(LAPACK_COL_MAJOR, job, 'L', lapack::size(n), a, lapack::size(n), w);
  check_status(context.op().name, status);
  if (status > 0) refuse_matrix(context, i, "has eigenvalues that do not converge");
}

/// Elements of a line of the cache.
template <class T>
constexpr std::int64_t kLine = 64 / sizeof(T);

/// As decompose(), from our own reduction; without vectors if there is no place for them.
template <class T>
void decompose_large(const KernelContext& context, std::int64_t i, T* w, T* vectors) {
  const std::int64_t n = context.input().shape.back();
  // Columns begin with a line, and not all at the same place of the cache.
  const std::int64_t leading = (n / kLine<T> + 1) * kLine<T>;
  const Space<T> space(leading * n);
  T* const a = space.data();
  std::vector<T> e(static_cast<std::size_t>(n)), tau(e);
  const int exponent = scaling_exponent(read_lower_part(context, 0, i, a, leading));
  for (std::int64_t c = 0; c < n; ++c) scale(a + c * leading + c, n - c, exponent);
  tridiagonalize<T>({a, n, n, leading}, w, e.data(), tau.data());
  if (!solve_tridiagonal(n, w, e.data(), vectors)) {
    refuse_matrix(context, i, "has eigenvalues that do not converge");
  }
  scale(w, n, -exponent);
  if (!vectors) return;
  apply_reflectors<T>({a + 1, 1, leading, n - 1, n - 1, tau.data()}, {vectors + 1, n - 1, n, n});
}

template <class T>
void fix_signs(T* vectors, std::int64_t n) {
  for (std::int64_t c = 0; c < n; ++c) {
    T* vector = vectors + c * n;
    if (!largest_is_negative(vector, n)) continue;
    std::transform(vector, vector + n, vector, [](T x) { return -x; });
  }
}

const char* refuse_large(const KernelContext& context) {
  return context.input().shape.back() < kLargeMatrix ? "the matrices are small" : nullptr;
}

void run_eigh_large(const KernelContext& context) {
  Array& w = context.allocate(0);
  Array& v = context.allocate(1, column_major(context.output(1).shape));
  const Matrices matrices(v.shape);
  const std::int64_t n = matrices.rows;
  with_real(w.dtype, [&]<class T>() {
    for_each_large_matrix(matrices.count, [&](std::int64_t i) {
      T* vectors = v.mutable_data<T>() + i * n * n;
      decompose_large(context, i, w.mutable_data<T>() + i * n, vectors);
      fix_signs(vectors, n);
    });
  });
}

void run_eigvalsh_large(const KernelContext& context) {
  Array& w = context.allocate();
  const Matrices matrices(context.input().shape);
  with_real(w.dtype, [&]<class T>() {
    for_each_large_matrix(matrices.count, [&](std::int64_t i) {
      decompose_large<T>(context, i, w.mutable_data<T>() + i * matrices.rows, nullptr);
    });
  });
}

void run_eigh(const KernelContext& context) {
  Array& w = context.allocate(0);
  Array& v = context.allocate(1, column_major(context.output(1).shape));
  const Matrices matrices(v.shape);
  const std::int64_t n = matrices.rows;
  if (n == 0) return;
  with_real(w.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 9 * n * n * n, [&](std::int64_t i) {
      T* vectors = v.mutable_data<T>() + i * n * n;
      decompose(context, i, 'V', vectors, w.mutable_data<T>() + i * n);
      fix_signs(vectors, n);
    });
  });
}

void run_eigvalsh(const KernelContext& context) {
  Array& w = context.allocate();
  const Matrices matrices(context.input().shape);
  const std::int64_t n = matrices.rows;
  if (n == 0) return;
  with_real(w.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 4 * n * n * n / 3, [&](std::int64_t i) {
      std::vector<T> work(static_cast<std::size_t>(n * n));
      decompose(context, i, 'N', work.data(), w.mutable_data<T>() + i * n);
    });
  });
}

struct Pairs {
  std::vector<double> values, vectors;  // vectors are columns
};

/// Jacobi's rotations, sweep after sweep until nothing is left beside the diagonal.
Pairs jacobi(std::vector<double> a, std::size_t n) {
  std::vector<double> v(n * n);
  for (std::size_t k = 0; k < n; ++k) v[k * n + k] = 1;
  for (int sweep = 0; sweep < 50; ++sweep) {
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a[p * n + q] == 0) continue;
        const double theta = 0.5 * std::atan2(2 * a[p * n + q], a[q * n + q] - a[p * n + p]);
        const double c = std::cos(theta), s = std::sin(theta);
        const auto rotate = [&](double& x, double& y) {
          const double old = x;
          x = c * x - s * y;
          y = s * old + c * y;
        };
        for (std::size_t k = 0; k < n; ++k) rotate(a[k * n + p], a[k * n + q]);
        for (std::size_t k = 0; k < n; ++k) rotate(a[p * n + k], a[q * n + k]);
        for (std::size_t k = 0; k < n; ++k) rotate(v[k * n + p], v[k * n + q]);
      }
    }
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t x, std::size_t y) { return a[x * n + x] < a[y * n + y]; });
  Pairs pairs{{}, std::vector<double>(n * n)};
  for (std::size_t k = 0; k < n; ++k) {
    pairs.values.push_back(a[order[k] * n + order[k]]);
    std::vector<double> vector(n);
    for (std::size_t row = 0; row < n; ++row) vector[row] = v[row * n + order[k]];
    const double sign = largest_is_negative(vector.data(), static_cast<std::int64_t>(n)) ? -1 : 1;
    for (std::size_t row = 0; row < n; ++row) pairs.vectors[row * n + k] = sign * vector[row];
  }
  return pairs;
}

void run_reference(const KernelContext& context) {
  Array& w = context.allocate(0);
  if (context.output_count() > 1) context.allocate(1);
  const Matrices matrices(context.input().shape);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const Pairs pairs =
        jacobi(symmetric_part_in_double(context, 0, i), static_cast<std::size_t>(matrices.rows));
    write_part(w, i, pairs.values);
    if (context.output_count() > 1) write_part(context.output(1), i, pairs.vectors);
  }
}

std::vector<Sample> samples() {
  return {
      {.name = "batch",
       .inputs = {Tensor{{{4, 1, -1}, {1, -3, 0.5f}, {-1, 0.5f, 2}},
                         {{2, 0.5f, 1}, {0.5f, 1, 0}, {1, 0, 3}}}}},
      {.name = "not symmetric", .inputs = {Tensor{{{2, 1}, {0.5f, 3}}}}},
      {.name = "1 x 1", .inputs = {full({2, 1, 1}, 4)}},
      {.name = "empty", .inputs = {zeros({2, 0, 0})}},
  };
}

}  // namespace

Tensor inverse_differences(const Tensor& x) {
  const Tensor difference = expand_dims(x, -2) - expand_dims(x, -1);
  const double units = static_cast<double>(x.dim(-1)) *
                       (x.dtype() == DType::f32 ? std::numeric_limits<float>::epsilon()
                                                : std::numeric_limits<double>::epsilon());
  if (x.size() == 0) return difference;
  const Tensor largest = max(absolute(x), {.axes = {-1}, .keep_axes = true});
  const Tensor equals = less_equal(absolute(difference), expand_dims(largest, -1) * units);
  const Tensor zero = Tensor::scalar(0, x.dtype());
  return where(equals, zero, reciprocal(where(equals, Tensor::scalar(1, x.dtype()), difference)));
}

const OpDef kEigh{
    .name = "eigh",
    .doc =
        "Eigenvalues, in ascending order, and orthonormal eigenvectors, in columns, of the "
        "symmetric "
        "part of a. (..., n, n) -> (..., n), (..., n, n)",
    .infer = infer_eigh,
    .vjp = eigh_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"large", refuse_large, run_eigh_large},
                {"lapack", nullptr, run_eigh},
                {"reference", nullptr, run_reference}},
    .samples = samples,
};

const OpDef kEigvalsh{
    .name = "eigvalsh",
    .doc = "Eigenvalues of the symmetric part of a, in ascending order. (..., n, n) -> (..., n)",
    .infer = infer_eigvalsh,
    .vjp = eigvalsh_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"large", refuse_large, run_eigvalsh_large},
                {"lapack", nullptr, run_eigvalsh},
                {"reference", nullptr, run_reference}},
    .samples = samples,
};

}  // namespace gradus
