#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/base/function.h"
#include "gradus/core/tensor.h"

// Unconstrained minimisation of any differentiable function, to a tolerance.

namespace gradus::optimize {

/// A function and its gradients, as value_and_grad() returns them.
using DifferentiableFunction = Function<ValueAndGrad(const Tensors&)>;

/// How the next direction is found. All but gradient descent with a learning rate search along it
/// for a step that satisfies the strong Wolfe conditions.
enum class Method {
  gradient_descent,    ///< against the gradient
  conjugate_gradient,  ///< nonlinear, of Polak and Ribiere, restarted where it does not descend
  bfgs,                ///< keeps an approximation of the inverse Hessian: n^2 numbers
  lbfgs,               ///< the same from the last few steps alone
  newton,              ///< solves with the Hessian, shifted where it is not positive definite
  newton_cg,           ///< the same by products with the Hessian alone (truncated)
};
/// "lbfgs"
const char* name_of(Method method);

enum class Record { nothing, path };

/// Where a minimisation stands after an iteration.
struct PathPoint {
  Tensors arguments = {};
  double value = 0;
  double gradient_norm = 0;  ///< largest absolute element
  double step = 0;           ///< multiple of the direction that led here; 0 at the start
};

struct MinimizeOptions {
  Method method = Method::lbfgs;

  // Converged when one of these holds; 0 turns the last two off.
  double gradient_tolerance = 1e-6;  ///< largest absolute element of the gradient
  double value_tolerance = 0;        ///< decrease in an iteration, relative to max(1, |value|)
  double step_tolerance = 0;         ///< largest change in an iteration, relative to max(1, |x|)

  // Given up when one of these is reached.
  std::int64_t iterations = 1000;
  std::int64_t evaluations = 100000;

  std::int64_t memory = 10;  ///< steps that lbfgs remembers
  double learning_rate = 0;  ///< of gradient descent: constant, without a search; 0: search
  double momentum = 0;       ///< of gradient descent with a learning rate (Polak)
  double decrease = 1e-4;    ///< first Wolfe condition: share of the slope that is gained
  double curvature = 0;      ///< second one: share of the slope that may be left; 0: 0.9, or 0.1
                             ///< for gradient descent and conjugate gradients

  Record record = Record::nothing;
  Function<void(const PathPoint&)> observe = {};  ///< called at the start and after each iteration
};

enum class StopReason {
  gradient,     ///< converged: the gradient is within its tolerance
  value,        ///< converged: the value hardly decreased
  step,         ///< converged: the arguments hardly changed
  iterations,   ///< the limit of iterations
  evaluations,  ///< the limit of evaluations
  line_search,  ///< no lower value can be told apart along the direction
  unbounded,    ///< the value falls without end
  diverged,     ///< value or gradient became infinite or NaN
};

/// What a minimisation found, and why it stopped.
struct Minimum {
  Tensors arguments = {};  ///< as those it started from; the lowest point of the path
  double value = 0;
  Tensors gradients = {};
  double gradient_norm = 0;  ///< largest absolute element of the gradients
  StopReason reason = StopReason::iterations;
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;       ///< of the value and the gradients
  std::int64_t hessian_products = 0;  ///< of newton and newton_cg; a Hessian counts n
  std::vector<PathPoint> path = {};   ///< with Record::path: the start and every iteration

  const Tensor& x() const { return arguments.front(); }
  bool converged() const;
  /// "converged after 34 iterations (45 evaluations): the largest element of the gradient, 3.1e-09,
  /// is within 1e-08"
  std::string report = {};
};

/// Minimises f, which returns one floating element, from `start`, f32 or f64 tensors of any shapes.
/// Arithmetic of the method itself is in double precision. Throws Error if value or gradient at the
/// start are not finite. Sources: Nocedal and Wright 2006, "Numerical optimization", algorithms 3.5
/// and 3.6 (search), 5.4 (conjugate gradients), 6.1 (BFGS), 7.4 and 7.5 (L-BFGS), 3.2 and 7.1
/// (Newton); Hager and Zhang 2005 for the search where values no longer differ.
Minimum minimize(const UnaryFunction& f, const Tensor& start, const MinimizeOptions& options = {});
Minimum minimize(const ScalarFunction& f, const Tensors& start,
                 const MinimizeOptions& options = {});
/// With gradients of the caller's own, a compiled function for instance. Newton's methods
/// differentiate them once more, so there they must be made of operations on the arguments.
Minimum minimize(const DifferentiableFunction& f, const Tensors& start,
                 const MinimizeOptions& options = {});

}  // namespace gradus::optimize
