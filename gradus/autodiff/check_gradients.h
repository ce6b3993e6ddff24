#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/autodiff/finite_difference.h"

namespace gradus {

struct GradientCheckOptions {
  DifferenceOptions difference = {};
  /// An element fails if |analytic - numeric| > absolute max(1, |f|) + relative max(|analytic|,
  /// |numeric|). Negative: 1e-6 and 1e-8 for f64, 1e-2 and 1e-3 for f32, whose differences are
  /// that rough.
  double relative_tolerance = -1;
  double absolute_tolerance = -1;
  std::int64_t elements_per_input = 1000;  ///< evenly spaced, of larger inputs
};

/// The two derivatives with respect to one element.
struct CheckedElement {
  std::int64_t input = 0;
  std::vector<std::int64_t> index = {};  ///< in that input
  double analytic = 0;
  double numeric = 0;

  double error() const;  ///< |analytic - numeric|
  /// "element [1, 2] of input 0: analytic 0.5, numeric 0.25, error 0.25"
  std::string to_string() const;
};

struct GradientCheck {
  std::int64_t checked = 0;                   ///< elements
  std::vector<CheckedElement> failures = {};  ///< the worst first
  CheckedElement worst = {};                  ///< the largest error, failed or not

  bool passed() const { return failures.empty(); }
  /// One sentence, and the first failures below it.
  std::string report() const;
};

/// Compares the gradients of f with differences of its values, element by element. f must return
/// one floating element, and its inputs must be f32 or f64. An element at which f has a kink (relu
/// at 0) has no derivative and may fail.
GradientCheck check_gradients(const ScalarFunction& f, const Tensors& inputs,
                              const GradientCheckOptions& options = {});
GradientCheck check_gradients(const UnaryFunction& f, const Tensor& x,
                              const GradientCheckOptions& options = {});

}  // namespace gradus
