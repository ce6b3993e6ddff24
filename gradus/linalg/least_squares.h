#pragma once

#include "gradus/core/tensor.h"

namespace gradus::linalg {

enum class LeastSquaresMethod {
  qr,                ///< full column rank; refined with residuals of twice the precision
  svd,               ///< any rank: the solution of minimum norm
  normal_equations,  ///< by Cholesky factors of a^T a, which squares the condition number
};

struct LeastSquaresOptions {
  LeastSquaresMethod method = LeastSquaresMethod::qr;
  bool intercept = false;  ///< adds a constant, which `ridge` does not penalise
  double ridge = 0;        ///< adds ridge * |x|^2 to what is minimised; >= 0
  Tensor weights = {};     ///< (m), >= 0: the weight of each row's squared residual; undefined: 1
  double cutoff =
      -1;  ///< svd: singular values up to cutoff * largest count as 0; negative: max(m, n) units
};

struct LeastSquares {
  Tensor coefficients;             ///< x: (..., n, k), or (n) for a vector b
  Tensor intercept;                ///< (..., k), or 0-d; undefined without one
  Tensor residuals;                ///< b - a x - intercept, of b's shape
  Tensor residual_sum_of_squares;  ///< of each right side, weighted: (..., k), or 0-d
  Tensor rank;                     ///< i64: the rank of a, with its column of ones if there is one
  Tensor standard_errors;          ///< of the coefficients, in their shape; see below
  Tensor intercept_error;          ///< in the intercept's shape; undefined without one
};

/// The x of smallest sum of weighted squared residuals |b - a x|^2. a is (..., m, n), b is (m) or
/// (..., m, k), f32 or f64. Standard errors are sqrt(s^2 diag((a^T w a)^-1)), s^2 the residual sum
/// of squares over m - rank (NaN where that is 0); they are undefined with ridge, where they would
/// mean something else. Nothing is computed that is not read. Throws Error for shapes that do not
/// fit, negative weights, and qr of fewer rows than columns; evaluation throws it for dependent
/// columns (qr, normal_equations).
LeastSquares least_squares(const Tensor& a, const Tensor& b,
                           const LeastSquaresOptions& options = {});

}  // namespace gradus::linalg
