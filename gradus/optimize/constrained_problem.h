// Internal: a function and its constraints at a place.
#pragma once

#include "gradus/optimize/constrained.h"
#include "gradus/optimize/vectors.h"

namespace gradus::optimize {

class ConstrainedProblem {
 public:
  /// Throws Error if the start is not floating, or f or a constraint not finite there.
  ConstrainedProblem(const UnaryFunction& f, const Constraints& constraints, const Tensor& start);

  const UnaryFunction& f() const { return f_; }
  bool has_equalities() const { return static_cast<bool>(constraints_.equal_to_zero); }
  bool has_inequalities() const { return static_cast<bool>(constraints_.at_most_zero); }
  Tensor equalities(const Tensor& x) const { return constraints_.equal_to_zero(x); }
  Tensor inequalities(const Tensor& x) const { return constraints_.at_most_zero(x); }
  /// Zero multipliers.
  Tensor no_equality_multipliers() const;
  Tensor no_inequality_multipliers() const;

  KktResiduals residuals(const Tensor& x, const Tensor& lambda, const Tensor& alpha) const;

 private:
  const UnaryFunction& f_;
  const Constraints& constraints_;
  Tensor equalities_at_start_;
  Tensor inequalities_at_start_;
};

/// The two methods.
ConstrainedMinimum by_augmented_lagrangian(const ConstrainedProblem& problem, const Tensor& start,
                                           const ConstrainedOptions& options);
ConstrainedMinimum by_lagrange_newton(const ConstrainedProblem& problem, const Tensor& start,
                                      const ConstrainedOptions& options);

}  // namespace gradus::optimize
