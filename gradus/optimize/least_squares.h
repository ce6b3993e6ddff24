#pragma once

#include "gradus/optimize/minimize.h"

namespace gradus::optimize {

enum class LeastSquaresMethod {
  levenberg_marquardt,  ///< damped where the linear model does not hold
  gauss_newton,         ///< undamped: fast near a solution that fits, and may diverge elsewhere
};

struct LeastSquaresOptions {
  LeastSquaresMethod method = LeastSquaresMethod::levenberg_marquardt;
  double gradient_tolerance = 1e-12;  ///< cosine between the residuals and every column of J
  double value_tolerance = 1e-14;     ///< relative decrease of the sum, made and promised
  double step_tolerance = 1e-12;      ///< relative to the arguments, each in its own scale
  std::int64_t iterations = 1000;
  Record record = Record::nothing;
};

/// What a fit found, and why it stopped.
struct LeastSquaresFit {
  Tensor x = {};
  Tensor residuals = {};
  double sum_of_squares = 0;
  /// Of x: square roots of the diagonal of s^2 (J'J)^-1, with s^2 the sum of squares over the
  /// degrees of freedom; undefined where there are none of these, or J's columns are dependent.
  Tensor standard_errors = {};
  StopReason reason = StopReason::iterations;
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;  ///< of the residuals
  std::int64_t jacobians = 0;
  std::vector<PathPoint> path = {};  ///< its values are sums of squares
  std::string report = {};

  bool converged() const;
};

/// Minimises the sum of squares of the residuals, of any shape, over x, f32 or f64. Throws Error if
/// there are fewer residuals than elements of x, or if they are not finite at the start. Each
/// step solves a linear least squares problem by QR, so the condition number is never squared.
/// Sources: Marquardt 1963; Nielsen 1999 (damping); More 1978 (scaling, tests of convergence);
/// Transtrum and Sethna 2012, "Improvements to the Levenberg-Marquardt algorithm" (geodesic
/// acceleration).
LeastSquaresFit minimize_least_squares(const UnaryFunction& residuals, const Tensor& start,
                                       const LeastSquaresOptions& options = {});

}  // namespace gradus::optimize
