#include "gradus/linalg/matrix_function.h"

#include <string>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/solve.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/transcendental.h"
#include "gradus/ops/triangle.h"

namespace gradus::linalg {

Tensor matrix_exp(const Tensor& a) { return apply(kMatrixExp, {a}); }

Tensor matrix_power(const Tensor& a, std::int64_t n) {
  if (!a.defined() || a.rank() < 2 || a.dim(-1) != a.dim(-2)) {
    throw Error(ErrorCode::shape, "matrix_power",
                a.defined()
                    ? fmt::format("takes square matrices (..., n, n), not {}", a.signature())
                    : std::string("the input is an undefined tensor"));
  }
  Tensor factor = n < 0 ? inverse(a) : a;
  Tensor result = broadcast_to(eye(a.dim(-1), a.dim(-1), 0, a.dtype()), a.shape());
  bool is_identity = true;
  auto rest = n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
  for (; rest > 0; rest /= 2) {
    if (rest % 2 == 1) {
      result = is_identity ? factor : matmul(result, factor);
      is_identity = false;
    }
    if (rest > 1) factor = matmul(factor, factor);
  }
  return result;
}

Tensor symmetric_function(const Tensor& a, const Function<Tensor(const Tensor&)>& f) {
  const auto [values, vectors] = eigh(a);
  return matmul(vectors * expand_dims(f(values), -2), matrix_transpose(vectors));
}

ComplexParts matrix_function(const Tensor& a,
                             const Function<ComplexParts(const ComplexParts&)>& f) {
  const auto [values, v] = eig(a);
  const ComplexParts images = f(values);
  const Tensor real = expand_dims(images.real, -2), imaginary = expand_dims(images.imaginary, -2);
  const ComplexParts scaled{v.real * real - v.imaginary * imaginary,
                            v.real * imaginary + v.imaginary * real};
  // x v = scaled, transposed and with real and imaginary parts below each other.
  const Tensor vr = matrix_transpose(v.real), vi = matrix_transpose(v.imaginary);
  const Tensor system = concatenate({concatenate({vr, -vi}, -1), concatenate({vi, vr}, -1)}, -2);
  const Tensor sides =
      concatenate({matrix_transpose(scaled.real), matrix_transpose(scaled.imaginary)}, -2);
  const Tensors halves = split(solve(system, sides), 2, -2);
  return {matrix_transpose(halves[0]), matrix_transpose(halves[1])};
}

namespace {

/// a, whose evaluation throws Error where it is far from symmetric: by more than differences that
/// are taken of its elements make it.
Tensor require_symmetric(const char* operation, const Tensor& a) {
  constexpr double kFar = 1e-3;
  if (!a.defined() || a.rank() < 2 || a.dim(-1) != a.dim(-2) || a.size() == 0) return a;
  const Tensor apart = absolute(a - matrix_transpose(a));
  const Tensor largest = max(absolute(a), {.axes = {-2, -1}, .keep_axes = true});
  return require_that(a, logical_not(greater(apart, broadcast_to(largest * kFar, a.shape()))),
                      operation, "the matrix must be symmetric (matrix_function takes others)");
}

}  // namespace

Tensor matrix_sqrt(const Tensor& a) {
  return apply(kMatrixSqrt, {require_symmetric("matrix_sqrt", a)});
}

Tensor solve_lyapunov(const Tensor& a, const Tensor& b) { return apply(kSolveLyapunov, {a, b}); }

Tensor matrix_log(const Tensor& a) {
  return symmetric_function(require_symmetric("matrix_log", a), [](const Tensor& w) {
    return require_finite(log(w), "the logarithm of an eigenvalue");
  });
}

}  // namespace gradus::linalg
