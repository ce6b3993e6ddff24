#include <fmt/format.h>

#include <numeric>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/pull_back.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer_number(const InferContext& context) {
  require_square_matrices(context, 0);
  return {{batch_shape(context.shape(0)), context.dtype(0)}};
}

Specs infer_slogdet(const InferContext& context) {
  const Spec number = infer_number(context)[0];
  return {number, number};
}

Specs infer_cofactor(const InferContext& context) {
  require_square_matrices(context, 0);
  return {{context.shape(0), context.dtype(0)}};
}

Tensor over_matrix(const Tensor& number) { return expand_dims(expand_dims(number, -1), -1); }

/// Jacobi's formula; the matrix of cofactors exists where the inverse does not.
Inputs determinant_vjp(const VjpContext& context) {
  return {over_matrix(context.gradient()) * apply(kCofactor, {context.inputs[0]})};
}

Inputs slogdet_vjp(const VjpContext& context) {
  if (!context.gradients[1].defined()) return {Tensor()};
  const Tensor inverse = apply(kInverse, {context.inputs[0]});
  return {over_matrix(context.gradients[1]) * matrix_transpose(inverse)};
}

Tensors compose_cofactor(const Tensors& inputs, const Attributes&) {
  const Tensor determinant = apply(kDeterminant, {inputs[0]});
  return {over_matrix(determinant) * matrix_transpose(apply(kInverse, {inputs[0]}))};
}

Inputs cofactor_vjp(const VjpContext& context) {
  return pull_back_through(compose_cofactor, context);
}

/// The LU factors of a matrix or of its transpose, whose determinant is the same.
template <class T>
struct Pivots {
  std::vector<T> diagonal;
  bool odd = false;  // the number of exchanged rows
};

template <class T>
Pivots<T> pivots_of(const char* operation, std::vector<T>& a, std::int64_t n) {
  std::vector<lapack_int> rows(static_cast<std::size_t>(n));
  if (n > 0) {
    check_status(operation,
                 lapack::Calls<T>::getrf(LAPACK_COL_MAJOR, lapack::size(n), lapack::size(n),
                                         a.data(), lapack::size(n), rows.data()));
  }
  Pivots<T> pivots;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    pivots.diagonal.push_back(a[k * (rows.size() + 1)]);
    if (rows[k] != static_cast<lapack_int>(k) + 1) pivots.odd = !pivots.odd;
  }
  return pivots;
}

template <class T, class F>
void with_pivots(const KernelContext& context, F f) {
  const Matrices matrices(context.input().shape);
  const std::int64_t n = matrices.rows;
  for_each_matrix(matrices.count, n * n * n / 3, [&](std::int64_t i) {
    std::vector<T> a(static_cast<std::size_t>(n * n));
    read_matrix(context, 0, i, Layout::rows, a.data());
    f(i, pivots_of(context.op().name, a, n));
  });
}

void run_determinant(const KernelContext& context) {
  Array& result = context.allocate();
  with_real(result.dtype, [&]<class T>() {
    with_pivots<T>(context, [&](std::int64_t i, const Pivots<T>& pivots) {
      // Halves of the exponents apart, so that no product of some of the factors overflows.
      T mantissa = pivots.odd ? T(-1) : T(1);
      std::int64_t exponent = 0;
      for (const T pivot : pivots.diagonal) {
        int part = 0;
        mantissa = std::frexp(mantissa * pivot, &part);
        exponent += part;
      }
      const auto clamped = std::clamp<std::int64_t>(exponent, -100000, 100000);
      result.mutable_data<T>()[i] = std::ldexp(mantissa, static_cast<int>(clamped));
    });
  });
}

void run_slogdet(const KernelContext& context) {
  Array& sign = context.allocate(0);
  Array& logarithm = context.allocate(1);
  with_real(sign.dtype, [&]<class T>() {
    with_pivots<T>(context, [&](std::int64_t i, const Pivots<T>& pivots) {
      T s = pivots.odd ? T(-1) : T(1);
      double sum = 0;
      for (const T pivot : pivots.diagonal) {
        s *= static_cast<T>((pivot > 0) - (pivot < 0));
        sum += std::log(static_cast<double>(std::abs(pivot)));
      }
      sign.mutable_data<T>()[i] = s;
      logarithm.mutable_data<T>()[i] = static_cast<T>(sum);
    });
  });
}

/// The determinant of an orthogonal matrix is 1 or -1.
template <class T>
T sign_of_orthogonal(const char* operation, std::vector<T> q, std::int64_t n) {
  const Pivots<T> pivots = pivots_of(operation, q, n);
  T sign = pivots.odd ? T(-1) : T(1);
  for (const T pivot : pivots.diagonal) sign *= pivot < 0 ? T(-1) : T(1);
  return sign;
}

/// det(u) det(v) u diag(products of the other singular values) v^T.
void run_cofactor(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(result.shape);
  const std::int64_t n = matrices.rows;
  if (n == 0) return;
  with_real(result.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 12 * n * n * n, [&](std::int64_t i) {
      const auto elements = static_cast<std::size_t>(n * n), size = static_cast<std::size_t>(n);
      std::vector<T> a(elements), v(elements), u(elements), s(size), others(size, T(1));
      read_matrix(context, 0, i, Layout::rows, a.data());
      const auto k = lapack::size(n);
      // Read as columns, a is a^T = v s u^T: v comes out column by column and u row by row.
      const auto status = lapack::Calls<T>::gesdd(LAPACK_COL_MAJOR, 'A', k, k, a.data(), k,
                                                  s.data(), v.data(), k, u.data(), k);
      check_status("cofactor", status);
      if (status > 0) refuse_matrix(context, i, "has singular values that do not converge");
      const T sign = sign_of_orthogonal("cofactor", u, n) * sign_of_orthogonal("cofactor", v, n);
      for (std::size_t p = 0; p < size; ++p) {
        for (std::size_t q = 0; q < size; ++q) others[p] *= p == q ? T(1) : s[q];
      }
      T* to = result.mutable_data<T>() + i * n * n;
      for (std::size_t row = 0; row < size; ++row) {
        std::fill(to + row * size, to + (row + 1) * size, T(0));
        for (std::size_t p = 0; p < size; ++p) {
          const T factor = sign * u[row * size + p] * others[p];
          for (std::size_t c = 0; c < size; ++c) to[row * size + c] += factor * v[p * size + c];
        }
      }
    });
  });
}

/// Laplace's expansion along the first row.
double expand(const std::vector<double>& a, std::size_t n) {
  if (n == 0) return 1;
  double sum = 0;
  for (std::size_t column = 0; column < n; ++column) {
    std::vector<double> minor;
    for (std::size_t e = n; e < n * n; ++e) {
      if (e % n != column) minor.push_back(a[e]);
    }
    sum += (column % 2 == 0 ? 1 : -1) * a[column] * expand(minor, n - 1);
  }
  return sum;
}

void run_determinant_reference(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(context.input().shape);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const auto n = static_cast<std::size_t>(matrices.rows);
    write_part(result, i, {expand(matrix_in_double(context, 0, i), n)});
  }
}

void run_slogdet_reference(const KernelContext& context) {
  Array& sign = context.allocate(0);
  Array& logarithm = context.allocate(1);
  const Matrices matrices(context.input().shape);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const double determinant =
        expand(matrix_in_double(context, 0, i), static_cast<std::size_t>(matrices.rows));
    write_part(sign, i, {double((determinant > 0) - (determinant < 0))});
    write_part(logarithm, i, {std::log(std::abs(determinant))});
  }
}

void run_cofactor_reference(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(result.shape);
  const auto n = static_cast<std::size_t>(matrices.rows);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const std::vector<double> a = matrix_in_double(context, 0, i);
    std::vector<double> cofactors;
    for (std::size_t e = 0; e < n * n; ++e) {
      std::vector<double> minor;
      for (std::size_t other = 0; other < n * n; ++other) {
        if (other / n != e / n && other % n != e % n) minor.push_back(a[other]);
      }
      cofactors.push_back(((e / n + e % n) % 2 == 0 ? 1 : -1) * expand(minor, n - 1));
    }
    write_part(result, i, cofactors);
  }
}

std::vector<Sample> samples() {
  return {
      {.name = "batch",
       .inputs = {Tensor{{{0, 2, -1}, {1, 3, 0.5f}, {-1, 0.5f, 2}},
                         {{1, -2, 1}, {4, -1, 2}, {1, 2, 3}}}}},
      {.name = "1 x 1", .inputs = {full({1, 1, 1}, -4)}},
      {.name = "empty", .inputs = {zeros({2, 0, 0})}},
  };
}

}  // namespace

const OpDef kDeterminant{
    .name = "determinant",
    .doc = "The determinant of a matrix, by its LU factors. (..., n, n) -> (...)",
    .infer = infer_number,
    .vjp = determinant_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"lapack", nullptr, run_determinant},
                {"reference", nullptr, run_determinant_reference}},
    .samples = samples,
    .onnx = "Det",
};

const OpDef kCofactor{
    .name = "cofactor",
    .doc =
        "The matrix of cofactors, det(a) a^-T where a has an inverse; by singular values. "
        "(..., n, n) -> (..., n, n)",
    .infer = infer_cofactor,
    .vjp = cofactor_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"lapack", nullptr, run_cofactor}, {"reference", nullptr, run_cofactor_reference}},
    .samples = samples,
};

const OpDef kSlogdet{
    .name = "log_determinant",
    .doc =
        "The sign of the determinant and the logarithm of its magnitude; 0 and -inf of a singular "
        "matrix. (..., n, n) -> (...), (...)",
    .infer = infer_slogdet,
    .vjp = slogdet_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"lapack", nullptr, run_slogdet}, {"reference", nullptr, run_slogdet_reference}},
    .samples = samples,
};

}  // namespace gradus
