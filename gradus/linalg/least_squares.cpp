#include "gradus/linalg/least_squares.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/linalg/cholesky.h"
#include "gradus/linalg/qr.h"
#include "gradus/linalg/rank.h"
#include "gradus/linalg/right_side.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/triangle.h"

namespace gradus::linalg {
namespace {

void check(const System& system, const LeastSquaresOptions& options) {
  const auto refuse = [](ErrorCode code, std::string message, std::vector<Shape> shapes = {}) {
    throw Error(code, "least_squares", std::move(message), std::move(shapes));
  };
  if (system.a.dtype() != system.b.dtype() ||
      (system.a.dtype() != DType::f32 && system.a.dtype() != DType::f64)) {
    refuse(ErrorCode::dtype, fmt::format("takes f32 or f64, twice the same, not {} and {}",
                                         system.a.signature(), system.b.signature()));
  }
  const std::int64_t m = system.a.dim(-2);
  if (m == 0) refuse(ErrorCode::shape, "there are no rows", {system.a.shape()});
  if (!(options.ridge >= 0) || !std::isfinite(options.ridge)) {
    refuse(ErrorCode::invalid_argument,
           fmt::format("ridge must be 0 or more, not {}", options.ridge));
  }
  if (!options.weights.defined()) return;
  if (options.weights.shape() != Shape{m}) {
    refuse(ErrorCode::shape,
           fmt::format("{} rows take weights of shape [{}], not {}", m, m,
                       options.weights.shape().to_string()),
           {options.weights.shape()});
  }
  for (const double weight : options.weights.to_vector<double>()) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      refuse(ErrorCode::invalid_argument, fmt::format("weights must be 0 or more, not {}", weight));
    }
  }
}

/// The problem and its parts: rows already multiplied by the roots of their weights.
struct Problem {
  System system;
  const LeastSquaresOptions& options;
  Tensor roots;  // (m, 1), undefined without weights

  std::int64_t rows() const { return system.a.dim(-2); }
  std::int64_t columns() const { return system.a.dim(-1); }
  DType dtype() const { return system.a.dtype(); }
  Shape batch() const { return Shape(Dims(system.a.shape().begin(), system.a.shape().end() - 2)); }
  Tensor weighted(const Tensor& x) const { return roots.defined() ? x * roots : x; }
  /// a batch of matrices, each `x`
  Tensor repeated(const Tensor& x) const {
    Dims dims = batch().dims();
    dims.push_back(x.dim(-2));
    dims.push_back(x.dim(-1));
    return broadcast_to(x, Shape(std::move(dims)));
  }
};

/// Coefficients (..., n, k), intercept (..., 1, k), the diagonal of (a^T w a)^-1 for both, the
/// rank.
struct Solution {
  Tensor coefficients, intercept;
  Tensor variances, intercept_variance;  // (..., n, 1), (..., 1, 1): to be multiplied by s^2
  Tensor rank;                           // i64 (...)
};

/// With a column of ones, and below the rows of the ridge.
struct Extended {
  Tensor a, b;
};
Extended extend(const Problem& problem) {
  const std::int64_t n = problem.columns();
  Tensor a = problem.system.a, b = problem.system.b;
  if (problem.options.intercept) {
    a = concatenate({a, problem.repeated(ones({problem.rows(), 1}, problem.dtype()))}, -1);
  }
  a = problem.weighted(a);
  b = problem.weighted(b);
  if (problem.options.ridge == 0) return {a, b};
  const Tensor penalty = eye(n, a.dim(-1), 0, problem.dtype()) * std::sqrt(problem.options.ridge);
  const Tensor nothing = zeros({n, b.dim(-1)}, problem.dtype());
  return {concatenate({a, problem.repeated(penalty)}, -2),
          concatenate({b, problem.repeated(nothing)}, -2)};
}

Solution solve_extended(const Problem& problem) {
  const auto [a, b] = extend(problem);
  const std::int64_t n = problem.columns();
  const Tensor identity = problem.repeated(eye(a.dim(-1), a.dim(-1), 0, problem.dtype()));
  Tensor x, inverse;  // of the triangle r with r^T r = a^T a
  if (problem.options.method == LeastSquaresMethod::qr) {
    x = apply(kLeastSquares, {a, b});
    inverse = triangular_solve(qr(a).r, identity, {.upper = true});
  } else {
    const Tensor l = cholesky(matmul(matrix_transpose(a), a));
    x = cholesky_solve(l, matmul(matrix_transpose(a), b));
    inverse = triangular_solve(l, identity, {.transposed = true});
  }
  const Tensor variances = sum(square(inverse), {.axes = {-1}, .keep_axes = true});
  const Range head{0, n}, tail{n};
  const bool intercept = problem.options.intercept;
  return {slice(x, -2, head), intercept ? slice(x, -2, tail) : Tensor(), slice(variances, -2, head),
          intercept ? slice(variances, -2, tail) : Tensor(),
          full(problem.batch(), static_cast<double>(a.dim(-1)), DType::i64)};
}

/// Means over the rows, weighted. (..., m, n) -> (..., 1, n)
Tensor row_means(const Problem& problem, const Tensor& x) {
  const ReduceOptions rows{.axes = {-2}, .keep_axes = true};
  if (!problem.roots.defined()) return mean(x, rows);
  const Tensor weights = square(problem.roots);
  return sum(x * weights, rows) / sum(weights);
}

/// The smallest solution; with an intercept of the centred problem.
Solution solve_by_values(const Problem& problem) {
  const auto& options = problem.options;
  Tensor a = problem.system.a, b = problem.system.b, mean_a, mean_b;
  if (options.intercept) {
    mean_a = row_means(problem, a);
    mean_b = row_means(problem, b);
    a = a - mean_a;
    b = b - mean_b;
  }
  a = problem.weighted(a);
  b = problem.weighted(b);
  Solution solution;
  solution.rank = rank(a, {options.cutoff});
  if (options.ridge > 0) {
    const std::int64_t n = problem.columns();
    const Tensor penalty = eye(n, n, 0, problem.dtype()) * std::sqrt(options.ridge);
    a = concatenate({a, problem.repeated(penalty)}, -2);
    b = concatenate({b, problem.repeated(zeros({n, b.dim(-1)}, problem.dtype()))}, -2);
  }
  const Tensor inverse = pseudo_inverse(a, {options.cutoff});
  solution.coefficients = matmul(inverse, b);
  solution.variances = sum(square(inverse), {.axes = {-1}, .keep_axes = true});
  if (!options.intercept) return solution;
  solution.intercept = mean_b - matmul(mean_a, solution.coefficients);
  const Tensor total = problem.roots.defined()
                           ? sum(square(problem.roots))
                           : Tensor::scalar(static_cast<double>(problem.rows()), problem.dtype());
  const Tensor of_means = sum(square(matmul(mean_a, inverse)), {.axes = {-1}, .keep_axes = true});
  solution.intercept_variance = of_means + reciprocal(total);
  solution.rank = solution.rank + 1;
  return solution;
}

/// s^2 of each right side: the residual sum of squares over the rows that are left. (..., 1, k)
Tensor residual_variance(const Problem& problem, const Tensor& squares, const Tensor& rank) {
  const Tensor left = cast(static_cast<double>(problem.rows()) - rank, problem.dtype());
  const Tensor count = expand_dims(expand_dims(left, -1), -1);
  const Tensor nan = Tensor::scalar(std::numeric_limits<double>::quiet_NaN(), problem.dtype());
  const Tensor zero = Tensor::scalar(0, problem.dtype());
  return squares / where(greater(count, zero), count, nan);
}

}  // namespace

LeastSquares least_squares(const Tensor& a, const Tensor& b, const LeastSquaresOptions& options) {
  Problem problem{make_system("least_squares", a, b), options, {}};
  check(problem.system, options);
  if (options.weights.defined()) {
    problem.roots = expand_dims(sqrt(cast(options.weights, problem.dtype())), -1);
  }
  const System& system = problem.system;
  const bool by_values = options.method == LeastSquaresMethod::svd;
  const Solution found = by_values ? solve_by_values(problem) : solve_extended(problem);

  Tensor residuals = system.b - matmul(system.a, found.coefficients);
  if (options.intercept) residuals = residuals - found.intercept;
  const Tensor squares =
      sum(square(problem.weighted(residuals)), {.axes = {-2}, .keep_axes = true});
  LeastSquares result;
  result.coefficients = system.in_form_of_b(found.coefficients);
  result.residuals = system.in_form_of_b(residuals);
  result.residual_sum_of_squares = system.in_form_of_b(squeeze(squares, {-2}));
  result.rank = found.rank;
  if (options.intercept) result.intercept = system.in_form_of_b(squeeze(found.intercept, {-2}));
  if (options.ridge > 0) return result;
  const Tensor variance = residual_variance(problem, squares, found.rank);
  result.standard_errors = system.in_form_of_b(sqrt(found.variances * variance));
  if (options.intercept) {
    result.intercept_error =
        system.in_form_of_b(squeeze(sqrt(found.intercept_variance * variance), {-2}));
  }
  return result;
}

}  // namespace gradus::linalg
