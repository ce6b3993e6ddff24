#include "gradus/optimize/constrained.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/optimize/constrained_problem.h"

namespace gradus::optimize {
namespace {

constexpr const char* kConstrained = "minimize_constrained";

/// max over the elements of max(0, sign * x)
double violation(const Tensor& x, double sign) {
  double most = 0;
  for (const double value : x.to_vector<double>()) {
    if (std::isnan(value)) return value;
    most = std::max(most, sign * value);
  }
  return most;
}

double largest_element(const Tensor& x) { return largest(x.to_vector<double>()); }

void require_finite_start(const Tensor& x, const char* what) {
  if (std::isfinite(largest_element(x))) return;
  throw Error(ErrorCode::numeric, kConstrained, fmt::format("{} is not finite at the start", what));
}

void require_multipliers(const Tensor& multipliers, const Tensor& constraint, const char* what) {
  if (multipliers.defined() && multipliers.shape() == constraint.shape()) return;
  throw Error(ErrorCode::shape, "kkt_residuals",
              fmt::format("the multipliers of the {} are {}, but the constraints {}", what,
                          multipliers.defined() ? multipliers.shape().to_string() : "missing",
                          constraint.shape().to_string()));
}

KktResiduals residuals_of(const UnaryFunction& f, const Constraints& constraints, const Tensor& x,
                          const Tensor& lambda, const Tensor& alpha) {
  KktResiduals result;
  const UnaryFunction lagrangian = [&](const Tensor& at) {
    Tensor value = f(at);
    if (constraints.equal_to_zero) value = value + sum(lambda * constraints.equal_to_zero(at));
    if (constraints.at_most_zero) value = value + sum(alpha * constraints.at_most_zero(at));
    return value;
  };
  if (constraints.equal_to_zero) {
    const Tensor g = constraints.equal_to_zero(x);
    require_multipliers(lambda, g, "equalities");
    result.equality = largest_element(g);
  }
  if (constraints.at_most_zero) {
    const Tensor h = constraints.at_most_zero(x);
    require_multipliers(alpha, h, "inequalities");
    result.inequality = violation(h, 1);
    result.dual = violation(alpha, -1);
    result.complementarity = largest_element(alpha * h);
  }
  result.stationarity = largest_element(grad(lagrangian)(x));
  return result;
}

void check(const ConstrainedProblem& problem, const ConstrainedOptions& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::invalid_argument, kConstrained, what);
  };
  if (!problem.has_equalities() && !problem.has_inequalities()) {
    refuse("there are no constraints; minimize() does without");
  }
  if (!(options.tolerance > 0)) {
    refuse(fmt::format("tolerance is {}; it must be positive", options.tolerance));
  }
  if (options.iterations < 1 || options.inner_iterations < 1) {
    refuse("iterations and inner_iterations must be at least 1");
  }
  if (options.method == ConstrainedMethod::lagrange_newton && problem.has_inequalities()) {
    refuse("lagrange_newton takes equalities only");
  }
}

std::string explanation(const ConstrainedMinimum& result, const ConstrainedOptions& options) {
  const KktResiduals& r = result.residuals;
  const double violated = std::max(r.equality, r.inequality);
  switch (result.reason) {
    case ConstrainedStop::converged:
      return fmt::format("the largest residual of the KKT conditions, {:.2g}, is within {:.2g}",
                         r.largest(), options.tolerance);
    case ConstrainedStop::iterations:
      return fmt::format("that was the limit; the largest residual of the KKT conditions is {:.2g}",
                         r.largest());
    case ConstrainedStop::infeasible:
      return fmt::format("no point nearby satisfies the constraints, which are violated by {:.2g}",
                         violated);
    case ConstrainedStop::unbounded:
      return fmt::format("the value falls without end; it is {:.3g}", result.value);
    case ConstrainedStop::singular:
      return "the gradients of the constraints depend on each other, or the Lagrangian is flat";
    case ConstrainedStop::stalled:
      return fmt::format("no step brings the conditions nearer; their largest residual is {:.2g}",
                         r.largest());
  }
  return "";
}

}  // namespace

double KktResiduals::largest() const {
  return optimize::largest({stationarity, equality, inequality, dual, complementarity});
}

KktResiduals kkt_residuals(const UnaryFunction& f, const Constraints& constraints, const Tensor& x,
                           const Tensor& equality_multipliers,
                           const Tensor& inequality_multipliers) {
  return residuals_of(f, constraints, x, equality_multipliers, inequality_multipliers);
}

ConstrainedProblem::ConstrainedProblem(const UnaryFunction& f, const Constraints& constraints,
                                       const Tensor& start)
    : f_(f), constraints_(constraints) {
  if (!start.defined() || (start.dtype() != DType::f32 && start.dtype() != DType::f64) ||
      start.size() == 0) {
    throw Error(ErrorCode::dtype, kConstrained,
                fmt::format("starts from an f32 or f64 tensor, not {}",
                            start.defined() ? start.signature() : "an undefined one"));
  }
  require_finite_start(f(start), "the value");
  if (has_equalities()) {
    equalities_at_start_ = equalities(start).eval();
    require_finite_start(equalities_at_start_, "an equality constraint");
  }
  if (has_inequalities()) {
    inequalities_at_start_ = inequalities(start).eval();
    require_finite_start(inequalities_at_start_, "an inequality constraint");
  }
}

Tensor ConstrainedProblem::no_equality_multipliers() const {
  return has_equalities() ? zeros_like(equalities_at_start_) : Tensor();
}
Tensor ConstrainedProblem::no_inequality_multipliers() const {
  return has_inequalities() ? zeros_like(inequalities_at_start_) : Tensor();
}

KktResiduals ConstrainedProblem::residuals(const Tensor& x, const Tensor& lambda,
                                           const Tensor& alpha) const {
  return residuals_of(f_, constraints_, x, lambda, alpha);
}

ConstrainedMinimum minimize_constrained(const UnaryFunction& f, const Constraints& constraints,
                                        const Tensor& start, const ConstrainedOptions& options) {
  const ConstrainedProblem problem(f, constraints, start);
  check(problem, options);
  ConstrainedMinimum result = options.method == ConstrainedMethod::lagrange_newton
                                  ? by_lagrange_newton(problem, start, options)
                                  : by_augmented_lagrangian(problem, start, options);
  result.report = fmt::format("{} after {} iteration{} ({} evaluations): {}",
                              result.converged() ? "converged" : "stopped", result.iterations,
                              result.iterations == 1 ? "" : "s", result.evaluations,
                              explanation(result, options));
  return result;
}

}  // namespace gradus::optimize
