#pragma once

#include "gradus/autodiff/grad.h"

namespace gradus {

/// How a derivative is measured from values alone, with the order of its error in the step h.
enum class Difference {
  forward,     ///< (f(x + h) - f(x)) / h, order 1
  central,     ///< (f(x + h) - f(x - h)) / 2h, order 2
  richardson,  ///< central differences of shrinking steps, extrapolated to step 0 (Ridders 1982)
};

struct DifferenceOptions {
  Difference method = Difference::central;
  /// Relative to max(1, |x|). 0: where truncation and rounding are about equal, the type's
  /// resolution to the power 1/2 (forward) or 1/3 (central); 0.1, the first of the steps, for
  /// Richardson's extrapolation.
  double step = 0;
};

struct NumericalDerivative {
  Tensor value;  ///< (out..., in...), f64
  Tensor error;  ///< its estimated absolute error, with Richardson's extrapolation; else undefined
};

/// The derivative of f at x, f32 or f64, by values of f alone: x (in...) -> (out..., in...),
/// d f_i / d x_j. Takes 1 (forward), 2 (central) or up to 20 (Richardson) evaluations an element.
/// Where f is not finite, neither is the result; Richardson's extrapolation leaves steps out that
/// lead there.
NumericalDerivative numerical_derivative(const UnaryFunction& f, const Tensor& x,
                                         const DifferenceOptions& options = {});

}  // namespace gradus
