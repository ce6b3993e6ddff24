#include <limits>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/triangle.h"

// The root of a symmetric matrix and the equation that its derivative solves. Neither rule goes
// through eigenvectors, so repeated eigenvalues are like others.

namespace gradus {
namespace {

Specs infer_sqrt(const InferContext& context) {
  require_square_matrices(context, 0);
  return {{context.shape(0), context.dtype(0)}};
}

Specs infer_lyapunov(const InferContext& context) {
  require_square_matrices(context, 0);
  require_matching_rows(context);
  require_square_matrices(context, 1);
  return {{context.shape(1), context.dtype(1)}};
}

Tensor symmetric(const Tensor& x) { return 0.5 * (x + matrix_transpose(x)); }

/// From da = ds s + s ds.
Inputs sqrt_vjp(const VjpContext& context) {
  return {symmetric(apply(kSolveLyapunov, {context.output(), context.gradient()}))};
}

/// a x + x a is its own transpose in x, so gb solves it too; ga = -(gb x^T + x^T gb).
Inputs lyapunov_vjp(const VjpContext& context) {
  const Tensor of_b = apply(kSolveLyapunov, {context.inputs[0], context.gradient()});
  Inputs result{Tensor(), of_b};
  if (context.needed[0]) {
    const Tensor xt = matrix_transpose(context.output());
    result[0] = -symmetric(matmul(of_b, xt) + matmul(xt, of_b));
  }
  return result;
}

template <class T>
struct Eigen {
  std::vector<T> values, vectors;  // vectors lie one after the other
};

template <class T>
Eigen<T> decompose(const KernelContext& context, std::int64_t i) {
  const std::int64_t n = context.input().shape.back();
  Eigen<T> found{std::vector<T>(static_cast<std::size_t>(n)),
                 std::vector<T>(static_cast<std::size_t>(n * n))};
  read_symmetric_part(context, 0, i, found.vectors.data());
  const auto status =
      lapack::Calls<T>::syevd(LAPACK_COL_MAJOR, 'V', 'L', lapack::size(n), found.vectors.data(),
                              lapack::size(n), found.values.data());
  check_status(context.op().name, status);
  if (status > 0) refuse_matrix(context, i, "has eigenvalues that do not converge");
  return found;
}

/// Values up to this are 0 but for rounding.
template <class T>
T noise_of(const std::vector<T>& values) {
  T largest = 0;
  for (const T value : values) largest = std::max(largest, std::abs(value));
  return largest * static_cast<T>(values.size()) * std::numeric_limits<T>::epsilon();
}

void run_sqrt(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(result.shape);
  const std::int64_t n = matrices.rows;
  if (n == 0) return;
  with_real(result.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 11 * n * n * n, [&](std::int64_t i) {
      const Eigen<T> found = decompose<T>(context, i);
      const T noise = noise_of(found.values);
      if (found.values[0] < -noise) refuse_matrix(context, i, "has a negative eigenvalue");
      std::vector<T> scaled(found.vectors);
      for (std::size_t k = 0; k < scaled.size(); ++k) {
        const T value = found.values[k / found.values.size()];
        scaled[k] *= value <= noise ? T(0) : std::sqrt(value);
      }
      multiply<T>({scaled.data(), 1, n}, {found.vectors.data(), n, 1}, n, n, n,
                  result.mutable_data<T>() + i * n * n);
    });
  });
}

void run_lyapunov(const KernelContext& context) {
  Array& x = context.allocate();
  const Matrices matrices(x.shape);
  const std::int64_t n = matrices.rows;
  if (n == 0) return;
  with_real(x.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 17 * n * n * n, [&](std::int64_t i) {
      const Eigen<T> found = decompose<T>(context, i);
      const auto size = static_cast<std::size_t>(n);
      std::vector<T> b(size * size), half(b.size()), turned(b.size());
      read_matrix(context, 1, i, Layout::rows, b.data());
      const Operand<T> v{found.vectors.data(), 1, n}, vt{found.vectors.data(), n, 1};
      multiply<T>(vt, {b.data(), n, 1}, n, n, n, half.data());
      multiply<T>({half.data(), n, 1}, v, n, n, n, turned.data());
      const T noise = noise_of(found.values);
      for (std::size_t r = 0; r < size; ++r) {
        for (std::size_t c = 0; c < size; ++c) {
          const T sum = found.values[r] + found.values[c];
          if (std::abs(sum) <= noise) {
            refuse_matrix(context, i,
                          "has eigenvalues that are zero or opposite: a x + x a = b has "
                          "no solution, or many");
          }
          turned[r * size + c] /= sum;
        }
      }
      multiply<T>(v, {turned.data(), n, 1}, n, n, n, half.data());
      multiply<T>({half.data(), n, 1}, vt, n, n, n, x.mutable_data<T>() + i * n * n);
    });
  });
}

using Values = std::vector<double>;

Values product(const Values& a, const Values& b, std::size_t n) {
  Values c(n * n);
  for (std::size_t p = 0; p < n; ++p) {
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t q = 0; q < n; ++q) c[p * n + q] += a[p * n + k] * b[k * n + q];
    }
  }
  return c;
}

/// Newton's and Schulz's iteration for the root and its inverse at once (Higham 2008, "Functions of
/// matrices", eq. 6.35), of a matrix scaled below norm 1.
void run_sqrt_reference(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(result.shape);
  const auto n = static_cast<std::size_t>(matrices.rows);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    Values y = symmetric_part_in_double(context, 0, i), z(n * n);
    double norm = 0;
    for (const double value : y) norm = std::hypot(norm, value);
    for (double& value : y) value /= norm;
    for (std::size_t k = 0; k < n; ++k) z[k * n + k] = 1;
    for (int step = 0; step < 60; ++step) {
      Values t = product(z, y, n);
      for (std::size_t k = 0; k < t.size(); ++k) t[k] = ((k % (n + 1) == 0 ? 3 : 0) - t[k]) / 2;
      y = product(y, t, n);
      z = product(t, z, n);
    }
    for (double& value : y) value *= std::sqrt(norm);
    write_part(result, i, y);
  }
}

/// One linear equation for each element of x, by elimination.
void run_lyapunov_reference(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(result.shape);
  const auto n = static_cast<std::size_t>(matrices.rows), size = n * n;
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const Values a = symmetric_part_in_double(context, 0, i);
    Values x = matrix_in_double(context, 1, i), m(size * size);
    for (std::size_t r = 0; r < n; ++r) {
      for (std::size_t c = 0; c < n; ++c) {
        for (std::size_t k = 0; k < n; ++k) {
          m[(r * n + c) * size + k * n + c] += a[r * n + k];
          m[(r * n + c) * size + r * n + k] += a[k * n + c];
        }
      }
    }
    for (std::size_t p = 0; p < size; ++p) {  // positive definite: no pivots are exchanged
      for (std::size_t row = 0; row < size; ++row) {
        if (row == p) continue;
        const double factor = m[row * size + p] / m[p * size + p];
        for (std::size_t c = p; c < size; ++c) m[row * size + c] -= factor * m[p * size + c];
        x[row] -= factor * x[p];
      }
    }
    for (std::size_t p = 0; p < size; ++p) x[p] /= m[p * size + p];
    write_part(result, i, x);
  }
}

Tensor sample() {
  return Tensor{{{4, 1, -1}, {1, 3, 0.5f}, {-1, 0.5f, 2}}, {{2, 0, 1}, {0, 1, 0}, {1, 0, 3}}};
}

std::vector<Sample> sqrt_samples() {
  return {
      {.name = "batch", .inputs = {sample()}},
      {.name = "repeated values", .inputs = {Tensor{{{2, 0}, {0, 2}}}}},
      {.name = "not symmetric", .inputs = {Tensor{{{2, 1}, {0.5f, 3}}}}},
      {.name = "empty", .inputs = {zeros({2, 0, 0})}},
  };
}

std::vector<Sample> lyapunov_samples() {
  const Tensor b{{{1, 2, 0}, {3, -4, 1}, {5, 6, 2}}, {{-1, 0.5f, 1}, {2, -3, 1}, {1, 7, 0}}};
  return {
      {.name = "batch", .inputs = {sample(), b}},
      {.name = "repeated values", .inputs = {Tensor{{{2, 0}, {0, 2}}}, Tensor{{{1, 2}, {3, 4}}}}},
      {.name = "empty", .inputs = {zeros({2, 0, 0}), zeros({2, 0, 0})}},
  };
}

}  // namespace

const OpDef kMatrixSqrt{
    .name = "matrix_sqrt",
    .doc =
        "The root without negative eigenvalues of the symmetric part of a. "
        "(..., n, n) -> (..., n, n)",
    .infer = infer_sqrt,
    .vjp = sqrt_vjp,
    .refuses = "matrices that are not finite or have no real root",
    .kernels = {{"lapack", nullptr, run_sqrt}, {"reference", nullptr, run_sqrt_reference}},
    .samples = sqrt_samples,
};

const OpDef kSolveLyapunov{
    .name = "solve_lyapunov",
    .doc =
        "x of a x + x a = b, for the symmetric part of a. "
        "(..., n, n), (..., n, n) -> (..., n, n)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_lyapunov,
    .vjp = lyapunov_vjp,
    .refuses = "matrices that are not finite or whose eigenvalues are opposite or zero",
    .kernels = {{"lapack", nullptr, run_lyapunov}, {"reference", nullptr, run_lyapunov_reference}},
    .samples = lyapunov_samples,
};

}  // namespace gradus
