#include "gradus/learn/linear_regression.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr const char* kMethodNames[] = {"qr", "svd", "normal_equations"};

/// The solution for examples and targets, evaluated; without an intercept that is 0.
linalg::LeastSquares solved(const Tensor& x, const Tensor& y,
                            const linalg::LeastSquaresOptions& options) {
  linalg::LeastSquares solution = linalg::least_squares(cast(x, DType::f64), y, options);
  if (!options.intercept) solution.intercept = Tensor::scalar(0, DType::f64);
  eval({solution.coefficients, solution.intercept});
  return solution;
}

Tensor line(const Tensor& x, const Tensor& coefficients, const Tensor& intercept) {
  return Tensor(cast(matmul(cast(x, DType::f64), coefficients) + intercept, x.dtype()).eval());
}

}  // namespace

void LinearRegressionOptions::fields(OptionVisitor& v) {
  v("intercept", intercept);
  v("method", method, kMethodNames);
}

void LinearRegression::fitted(FittedVisitor& v) {
  v("coefficients", coefficients, Content::f64, {feature_count()});
  v("intercept", intercept, Content::f64, {});
  v("rank", rank, Content::i64, {});
}

void LinearRegression::learn(const Tensor& x, const Tensor& y, const Tensor& weights) {
  const auto solution =
      solved(x, y, {.method = options.method, .intercept = options.intercept, .weights = weights});
  // The rank counts the column of ones.
  const Tensor found = (solution.rank - (options.intercept ? 1.0 : 0.0)).eval();
  coefficients = solution.coefficients;
  intercept = solution.intercept;
  rank = found;
}

Tensor LinearRegression::do_predict(const Tensor& x) const {
  return line(x, coefficients, intercept);
}

void RidgeOptions::fields(OptionVisitor& v) {
  v("penalty", penalty);
  v("intercept", intercept);
  v("method", method, kMethodNames);
}

void Ridge::fitted(FittedVisitor& v) {
  v("coefficients", coefficients, Content::f64, {feature_count()});
  v("intercept", intercept, Content::f64, {});
}

void Ridge::learn(const Tensor& x, const Tensor& y, const Tensor& weights) {
  if (!(options.penalty >= 0) || !std::isfinite(options.penalty)) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("penalty must be 0 or more, not {}", options.penalty));
  }
  const auto solution = solved(x, y,
                               {.method = options.method,
                                .intercept = options.intercept,
                                .ridge = options.penalty,
                                .weights = weights});
  coefficients = solution.coefficients;
  intercept = solution.intercept;
}

Tensor Ridge::do_predict(const Tensor& x) const { return line(x, coefficients, intercept); }

}  // namespace gradus::learn
