#pragma once

#include <cstdint>

#include "gradus/autodiff/grad.h"
#include "gradus/base/function.h"
#include "gradus/core/tensor.h"

namespace gradus::optim {

/// The value of a function at a point and its gradient there, of the point's shape.
struct ValueAndGradient {
  double value;
  Tensor gradient;
};

struct LbfgsOptions {
  std::int64_t memory = 10;  ///< pairs of steps and changes of the gradient that are kept
  std::int64_t max_iterations = 1000;
  double gradient_tolerance = 1e-6;  ///< stops when no partial derivative is larger
  double decrease_tolerance = 0;     ///< stops when a step gains less, relative to the value
  std::int64_t max_line_steps = 40;  ///< evaluations of one line search
};

enum class StopReason {
  gradient,     ///< the gradient is small enough: a minimum
  decrease,     ///< a step gained too little
  line_search,  ///< rounding leaves nothing to gain along the line
  iterations,   ///< max_iterations were not enough
};

/// Where a search ended, and why.
struct Minimum {
  Tensor point;
  double value;
  Tensor gradient;
  std::int64_t iterations;
  std::int64_t evaluations;
  StopReason reason;
};

/// Minimises a smooth function from `start` on by limited-memory BFGS (Nocedal and Wright,
/// Numerical Optimization, 2006, algorithm 7.5) with a line search that meets the strong Wolfe
/// conditions (algorithms 3.5 and 3.6). Its own numbers are f64; points are of the type of `start`.
/// Throws Error if the function or its gradient is not finite at `start`.
Minimum minimize_lbfgs(const Function<ValueAndGradient(const Tensor& point)>& function,
                       const Tensor& start, const LbfgsOptions& options = {});

/// The same of a function made of operations on tensors; it returns one number.
Minimum minimize_lbfgs(const UnaryFunction& function, const Tensor& start,
                       const LbfgsOptions& options = {});

}  // namespace gradus::optim
