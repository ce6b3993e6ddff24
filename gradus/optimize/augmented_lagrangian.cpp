#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/optimize/constrained_problem.h"

namespace gradus::optimize {
namespace {

// A penalty beyond this drowns the function in rounding: the constraints cannot be met.
constexpr double kHighestPenalty = 1e12;
// The violation must fall to this share of the last one, or the penalty grows tenfold.
constexpr double kEnoughDecrease = 0.25;

class AugmentedLagrangian {
 public:
  AugmentedLagrangian(const ConstrainedProblem& problem, const Tensor& start,
                      const ConstrainedOptions& options)
      : problem_(problem), options_(options) {
    result_.x = start.eval();
    result_.equality_multipliers = problem.no_equality_multipliers();
    result_.inequality_multipliers = problem.no_inequality_multipliers();
    penalty_ = first_penalty();
  }

  ConstrainedMinimum run() && {
    record();
    double last_violation = violation();
    inner_tolerance_ = std::max(options_.tolerance, 1e-2);
    while (result_.iterations < options_.iterations) {
      if (!minimize_inside()) break;
      correct_multipliers();
      ++result_.iterations;
      record();
      result_.residuals = problem_.residuals(result_.x, result_.equality_multipliers,
                                             result_.inequality_multipliers);
      if (result_.residuals.largest() <= options_.tolerance) {
        result_.reason = ConstrainedStop::converged;
        break;
      }
      const double now = violation();
      if (now > kEnoughDecrease * last_violation && now > 0.1 * options_.tolerance) {
        if (penalty_ >= kHighestPenalty) {
          result_.reason = ConstrainedStop::infeasible;
          break;
        }
        penalty_ *= 10;
      }
      last_violation = now;
      inner_tolerance_ = std::max(0.1 * options_.tolerance, 0.1 * inner_tolerance_);
    }
    result_.residuals =
        problem_.residuals(result_.x, result_.equality_multipliers, result_.inequality_multipliers);
    result_.value = problem_.f()(result_.x).item<double>();
    return std::move(result_);
  }

 private:
  // Birgin and Martinez 2014, section 12.4: value and squared violation of about one size.
  double first_penalty() const {
    const double value = std::abs(problem_.f()(result_.x).item<double>());
    double square = 0;
    if (problem_.has_equalities()) {
      square += sum(gradus::square(problem_.equalities(result_.x))).item<double>();
    }
    if (problem_.has_inequalities()) {
      const Tensor h = problem_.inequalities(result_.x);
      square += sum(gradus::square(maximum(h, zeros_like(h)))).item<double>();
    }
    return std::clamp(10 * std::max(1.0, value) / std::max(1.0, 0.5 * square), 1e-2, 1e2);
  }

  // f + penalty / 2 (|g + lambda / penalty|^2 + |max(0, h + alpha / penalty)|^2)
  Tensor augmented(const Tensor& x) const {
    Tensor value = problem_.f()(x);
    if (problem_.has_equalities()) {
      const Tensor shifted = problem_.equalities(x) + result_.equality_multipliers * (1 / penalty_);
      value = value + sum(gradus::square(shifted)) * (0.5 * penalty_);
    }
    if (problem_.has_inequalities()) {
      const Tensor shifted =
          problem_.inequalities(x) + result_.inequality_multipliers * (1 / penalty_);
      value = value + sum(gradus::square(maximum(shifted, zeros_like(shifted)))) * (0.5 * penalty_);
    }
    return value;
  }

  /// False if that found no minimum, because there is none.
  bool minimize_inside() {
    const UnaryFunction f = [this](const Tensor& x) { return augmented(x); };
    for (;;) {
      const Minimum found = minimize(f, result_.x,
                                     {.method = options_.inner,
                                      .gradient_tolerance = inner_tolerance_,
                                      .iterations = options_.inner_iterations});
      result_.evaluations += found.evaluations;
      if (found.reason != StopReason::unbounded) {
        result_.x = found.x();
        return true;
      }
      // A higher penalty may hold what this one let fall.
      if (penalty_ >= kHighestPenalty) {
        result_.reason = ConstrainedStop::unbounded;
        return false;
      }
      penalty_ *= 10;
    }
  }

  void correct_multipliers() {
    if (problem_.has_equalities()) {
      result_.equality_multipliers =
          (result_.equality_multipliers + problem_.equalities(result_.x) * penalty_).eval();
    }
    if (problem_.has_inequalities()) {
      const Tensor moved =
          result_.inequality_multipliers + problem_.inequalities(result_.x) * penalty_;
      result_.inequality_multipliers = maximum(moved, zeros_like(moved)).eval();
    }
  }

  /// Of the constraints, and of complementarity as min(-h, alpha / penalty).
  double violation() const {
    double most = 0;
    if (problem_.has_equalities()) {
      most = std::max(most, largest(problem_.equalities(result_.x).to_vector<double>()));
    }
    if (problem_.has_inequalities()) {
      const Tensor h = problem_.inequalities(result_.x);
      const Tensor both = maximum(h, result_.inequality_multipliers * (-1 / penalty_));
      most = std::max(most, largest(both.to_vector<double>()));
    }
    return most;
  }

  void record() {
    if (options_.record == Record::nothing) return;
    result_.path.push_back({{result_.x}, problem_.f()(result_.x).item<double>(), 0, 0});
  }

  const ConstrainedProblem& problem_;
  const ConstrainedOptions& options_;
  ConstrainedMinimum result_;
  double penalty_ = 1;
  double inner_tolerance_ = 1;
};

}  // namespace

ConstrainedMinimum by_augmented_lagrangian(const ConstrainedProblem& problem, const Tensor& start,
                                           const ConstrainedOptions& options) {
  return AugmentedLagrangian(problem, start, options).run();
}

}  // namespace gradus::optimize
