// Internal: the minimum of a smooth function of a few numbers.
#pragma once

#include <vector>

#include "gradus/base/function.h"

namespace gradus::stats {

struct ValueAndGradient {
  double value;
  std::vector<double> gradient;
};
using SmoothFunction = Function<ValueAndGradient(const std::vector<double>&)>;

struct Minimum {
  std::vector<double> at;
  double value = 0;
  double largest_slope = 0;  ///< of the gradient, in absolute value
  int iterations = 0;
  bool has_converged = false;
};

/// By the quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno with a backtracking line
/// search (Nocedal and Wright 2006, algorithm 6.1); until no slope is above `tolerance`. Values
/// that are not finite count as too large. Throws Error if the value at the start is not finite.
Minimum minimize(const SmoothFunction& f, std::vector<double> start, double tolerance,
                 int maximum_iterations);

}  // namespace gradus::stats
