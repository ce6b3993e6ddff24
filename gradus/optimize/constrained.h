#pragma once

#include "gradus/optimize/minimize.h"

// Minimisation under constraints, with multipliers.

namespace gradus::optimize {

/// What must hold, element by element. Functions that are not given constrain nothing.
struct Constraints {
  UnaryFunction equal_to_zero = {};  ///< g(x) = 0, of any shape
  UnaryFunction at_most_zero = {};   ///< h(x) <= 0, of any shape
};

/// How far a point with multipliers is from satisfying the conditions of Karush, Kuhn and Tucker,
/// each as its largest absolute violation. The Lagrangian is
///
///     L(x, lambda, alpha) = f(x) + sum lambda_i g_i(x) + sum alpha_j h_j(x)
struct KktResiduals {
  double stationarity = 0;     ///< gradient of L by x
  double equality = 0;         ///< g(x)
  double inequality = 0;       ///< max(0, h(x))
  double dual = 0;             ///< max(0, -alpha)
  double complementarity = 0;  ///< alpha h(x)

  double largest() const;
};

KktResiduals kkt_residuals(const UnaryFunction& f, const Constraints& constraints, const Tensor& x,
                           const Tensor& equality_multipliers,
                           const Tensor& inequality_multipliers);

enum class ConstrainedMethod {
  /// Minimises f plus penalties, shifted by the multipliers, and corrects these, until all
  /// conditions hold.
  augmented_lagrangian,
  /// Newton's method on the conditions of Lagrange; equalities only. Finds a stationary point of
  /// the Lagrangian, of a convex quadratic function under linear constraints in one iteration.
  lagrange_newton,
};

struct ConstrainedOptions {
  ConstrainedMethod method = ConstrainedMethod::augmented_lagrangian;
  double tolerance = 1e-6;        ///< of every residual, f and constraints as they are scaled
  std::int64_t iterations = 100;  ///< corrections of the multipliers
  Method inner = Method::bfgs;    ///< of the minimisations between them
  std::int64_t inner_iterations = 1000;
  Record record = Record::nothing;  ///< the point after each correction
};

enum class ConstrainedStop {
  converged,
  iterations,  ///< the limit of iterations
  infeasible,  ///< no point nearby satisfies the constraints
  unbounded,   ///< the value falls without end inside them
  singular,    ///< lagrange_newton: gradients of the constraints depend on each other
  stalled,     ///< lagrange_newton: no step brings the conditions nearer
};

struct ConstrainedMinimum {
  Tensor x = {};
  double value = 0;
  Tensor equality_multipliers = {};    ///< lambda, of g's shape; undefined without g
  Tensor inequality_multipliers = {};  ///< alpha, at least 0, of h's shape; undefined without h
  KktResiduals residuals = {};
  ConstrainedStop reason = ConstrainedStop::iterations;
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;  ///< of f and the constraints with their gradients
  std::vector<PathPoint> path = {};
  std::string report = {};

  bool converged() const { return reason == ConstrainedStop::converged; }
};

/// Minimises f, which returns one floating element, from `start` (f32 or f64; it need not satisfy
/// the constraints). Multipliers tell what a constraint costs: moving g_i from 0 to e changes the
/// minimum by about -lambda_i e. Sources: Nocedal and Wright 2006, chapters 17.3 and 18.1; Birgin
/// and Martinez 2014, "Practical augmented Lagrangian methods".
ConstrainedMinimum minimize_constrained(const UnaryFunction& f, const Constraints& constraints,
                                        const Tensor& start,
                                        const ConstrainedOptions& options = {});

}  // namespace gradus::optimize
