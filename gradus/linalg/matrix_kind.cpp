#include "gradus/linalg/matrix_kind.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/cholesky.h"
#include "gradus/linalg/qr.h"
#include "gradus/linalg/svd.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/triangle.h"

namespace gradus::linalg {
namespace {

void require_matrix(const char* operation, const Tensor& a) {
  if (a.defined() && a.rank() >= 2) return;
  throw Error(ErrorCode::shape, operation,
              a.defined() ? fmt::format("takes matrices (..., m, n), not {}", a.signature())
                          : std::string("the input is an undefined tensor"));
}

double relative_tolerance(const Tensor& a, const Tolerance& tolerance) {
  if (tolerance.relative >= 0) return tolerance.relative;
  const double unit = a.dtype() == DType::f64 ? std::numeric_limits<double>::epsilon()
                                              : std::numeric_limits<float>::epsilon();
  return unit * static_cast<double>(std::max<std::int64_t>({a.dim(-1), a.dim(-2), 1}));
}

/// True if the elements of x are 0 beside `scale` (..., 1, 1); never with NaN.
bool vanishes(const Tensor& x, const Tensor& scale, double tolerance) {
  return all(less_equal(absolute(x), scale * tolerance)).item<bool>();
}

Tensor largest(const Tensor& a) {
  if (a.size() == 0) return ones({1, 1}, a.dtype());
  return max(absolute(a), {.axes = {-2, -1}, .keep_axes = true});
}

Tensor floating(const Tensor& a) { return is_floating(a.dtype()) ? a : cast(a, DType::f64); }

}  // namespace

bool is_row(const Tensor& a) {
  require_matrix("is_row", a);
  return a.dim(-2) == 1;
}

bool is_column(const Tensor& a) {
  require_matrix("is_column", a);
  return a.dim(-1) == 1;
}

bool is_square(const Tensor& a) {
  require_matrix("is_square", a);
  return a.dim(-1) == a.dim(-2);
}

bool is_zero(const Tensor& a) {
  require_matrix("is_zero", a);
  return all(equal(a, zeros_like(a))).item<bool>();
}

bool is_lower_triangular(const Tensor& given, const Tolerance& tolerance) {
  require_matrix("is_lower_triangular", given);
  const Tensor a = floating(given);
  return vanishes(upper_triangle(a, 1), largest(a), relative_tolerance(a, tolerance));
}

bool is_upper_triangular(const Tensor& a, const Tolerance& tolerance) {
  require_matrix("is_upper_triangular", a);
  return is_lower_triangular(matrix_transpose(a), tolerance);
}

bool is_diagonal(const Tensor& a, const Tolerance& tolerance) {
  return is_lower_triangular(a, tolerance) && is_upper_triangular(a, tolerance);
}

bool is_identity(const Tensor& given, const Tolerance& tolerance) {
  if (!is_square(given)) return false;
  const Tensor a = floating(given);
  const Tensor rest = a - eye(a.dim(-1), a.dim(-1), 0, a.dtype());
  return vanishes(rest, ones({1, 1}, a.dtype()), relative_tolerance(a, tolerance));
}

bool is_symmetric(const Tensor& given, const Tolerance& tolerance) {
  if (!is_square(given)) return false;
  const Tensor a = floating(given);
  return vanishes(a - matrix_transpose(a), largest(a), relative_tolerance(a, tolerance));
}

bool is_orthogonal(const Tensor& given, const Tolerance& tolerance) {
  if (!is_square(given)) return false;
  const Tensor a = floating(given);
  return is_identity(matmul(matrix_transpose(a), a), tolerance);
}

bool is_singular(const Tensor& given, const Tolerance& tolerance) {
  if (!is_square(given)) {
    throw Error(ErrorCode::shape, "is_singular",
                fmt::format("takes square matrices (..., n, n), not {}", given.signature()),
                {given.shape()});
  }
  const Tensor s = svdvals(floating(given));
  if (s.size() == 0) return false;
  const Tensor limit = select(s, -1, 0) * relative_tolerance(given, tolerance);
  return any(less_equal(select(s, -1, -1), limit)).item<bool>();
}

bool is_positive_definite(const Tensor& given, const Tolerance& tolerance) {
  if (!is_symmetric(given, tolerance)) return false;
  try {
    cholesky(floating(given)).eval();
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::numeric) throw;
    return false;
  }
}

Tensor row_vector(const Tensor& x) { return expand_dims(x, 0); }
Tensor column_vector(const Tensor& x) { return expand_dims(x, -1); }
Tensor symmetric_part(const Tensor& a) { return 0.5 * (a + matrix_transpose(a)); }

Tensor random_orthogonal(const Key& key, std::int64_t n, DType dtype) {
  const auto [q, r] = qr(random_normal(key, {n, n}, 0, 1, dtype));
  // Signs that do not depend on how the factors were found make the distribution uniform.
  return q * copy_sign(ones({n}, dtype), diagonal(r));
}

Tensor random_symmetric(const Key& key, std::int64_t n, DType dtype) {
  const Tensor x = random_normal(key, {n, n}, 0, 1, dtype);
  return upper_triangle(x) + matrix_transpose(upper_triangle(x, 1));
}

Tensor random_positive_definite(const Key& key, std::int64_t n, double condition, DType dtype) {
  if (!(condition >= 1) || !std::isfinite(condition)) {
    throw Error(ErrorCode::invalid_argument, "random_positive_definite",
                fmt::format("a condition number is 1 or more, not {}", condition));
  }
  const Tensor values = power(Tensor::scalar(condition, dtype), -linspace(0, 1, n, dtype));
  const Tensor q = random_orthogonal(key, n, dtype);
  return symmetric_part(matmul(q * values, matrix_transpose(q)));
}

}  // namespace gradus::linalg
