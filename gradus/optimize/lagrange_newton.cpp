#include "gradus/autodiff/jacobian.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/optimize/constrained_problem.h"
#include "gradus/optimize/qr_solve.h"

namespace gradus::optimize {
namespace {

/// Newton's method on the gradient of the Lagrangian by x and lambda:
///
///     [ H  J' ] [ step of x      ]     [ gradient of L ]
///     [ J  0  ] [ step of lambda ] = - [ g             ]
class LagrangeNewton {
 public:
  LagrangeNewton(const ConstrainedProblem& problem, const Tensor& start,
                 const ConstrainedOptions& options)
      : problem_(problem), options_(options), like_x_(start) {
    x_ = start.to_vector<double>();
    like_lambda_ = problem.no_equality_multipliers();
    lambda_ = like_lambda_.to_vector<double>();
    estimate_multipliers();
  }

  ConstrainedMinimum run() && {
    Vector conditions = conditions_at(x_, lambda_);
    record();
    for (;;) {
      if (largest(conditions) <= options_.tolerance) {
        result_.reason = ConstrainedStop::converged;
        break;
      }
      if (result_.iterations >= options_.iterations) break;
      const auto solution = solve_by_qr(matrix(), scaled(conditions, -1), conditions.size());
      if (!solution) {
        result_.reason = ConstrainedStop::singular;
        break;
      }
      if (!step_along(solution->x, conditions)) {
        result_.reason = ConstrainedStop::stalled;
        break;
      }
      ++result_.iterations;
      record();
    }
    result_.x = x(x_);
    result_.equality_multipliers = lambda(lambda_);
    result_.residuals = problem_.residuals(result_.x, result_.equality_multipliers, {});
    result_.value = problem_.f()(result_.x).item<double>();
    return std::move(result_);
  }

 private:
  Tensor x(const Vector& values) const {
    return cast(Tensor::from(values, like_x_.shape()), like_x_.dtype()).eval();
  }
  Tensor lambda(const Vector& values) const {
    return cast(Tensor::from(values, like_lambda_.shape()), like_lambda_.dtype()).eval();
  }

  UnaryFunction lagrangian(const Vector& multipliers) const {
    return [this, fixed = lambda(multipliers)](const Tensor& at) {
      return problem_.f()(at) + sum(fixed * problem_.equalities(at));
    };
  }

  /// Those with which the gradient of the Lagrangian is shortest; without them the Lagrangian of a
  /// linear function would be flat. They stay 0 where the constraints' gradients are dependent.
  void estimate_multipliers() {
    const std::size_t n = x_.size();
    const std::size_t m = lambda_.size();
    if (m == 0 || m > n) return;
    const Vector j = constraint_gradients();
    Vector transposed(n * m);
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t k = 0; k < n; ++k) transposed[k * m + i] = j[i * n + k];
    }
    const Vector gradient = grad(problem_.f())(x(x_)).to_vector<double>();
    if (const auto solution = solve_by_qr(transposed, scaled(gradient, -1), m)) {
      lambda_ = solution->x;
    }
  }

  /// (constraints, n)
  Vector constraint_gradients() const {
    const UnaryFunction g = [this](const Tensor& place) { return problem_.equalities(place); };
    return jacobian(g)(x(x_)).to_vector<double>();
  }

  /// The gradient of the Lagrangian and the constraints.
  Vector conditions_at(const Vector& place, const Vector& multipliers) {
    ++result_.evaluations;
    const Tensor at = x(place);
    Vector result = grad(lagrangian(multipliers))(at).to_vector<double>();
    const Vector g = problem_.equalities(at).to_vector<double>();
    result.insert(result.end(), g.begin(), g.end());
    return result;
  }

  Vector matrix() const {
    const std::size_t n = x_.size();
    const std::size_t m = lambda_.size();
    const Tensor at = x(x_);
    const Vector h = hessian(lagrangian(lambda_))(at).to_vector<double>();
    const Vector j = constraint_gradients();
    Vector result((n + m) * (n + m), 0);
    for (std::size_t row = 0; row < n; ++row) {
      for (std::size_t column = 0; column < n; ++column) {
        result[row * (n + m) + column] = h[row * n + column];
      }
    }
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t k = 0; k < n; ++k) {
        result[(n + i) * (n + m) + k] = j[i * n + k];
        result[k * (n + m) + n + i] = j[i * n + k];
      }
    }
    return result;
  }

  /// Halves the step until the conditions come nearer.
  bool step_along(const Vector& step, Vector& conditions) {
    const double before = std::sqrt(dot(conditions, conditions));
    const Vector step_x(step.begin(), step.begin() + static_cast<std::ptrdiff_t>(x_.size()));
    const Vector step_lambda(step.begin() + static_cast<std::ptrdiff_t>(x_.size()), step.end());
    for (double factor = 1; factor > 1e-10; factor /= 2) {
      Vector next_x = plus(x_, factor, step_x);
      Vector next_lambda = plus(lambda_, factor, step_lambda);
      Vector next = conditions_at(next_x, next_lambda);
      if (!(std::sqrt(dot(next, next)) <= (1 - 1e-4 * factor) * before)) continue;
      x_ = std::move(next_x);
      lambda_ = std::move(next_lambda);
      conditions = std::move(next);
      return true;
    }
    return false;
  }

  void record() {
    if (options_.record == Record::nothing) return;
    const Tensor at = x(x_);
    result_.path.push_back({{at}, problem_.f()(at).item<double>(), 0, 0});
  }

  const ConstrainedProblem& problem_;
  const ConstrainedOptions& options_;
  Tensor like_x_;
  Tensor like_lambda_;
  Vector x_;
  Vector lambda_;
  ConstrainedMinimum result_;
};

}  // namespace

ConstrainedMinimum by_lagrange_newton(const ConstrainedProblem& problem, const Tensor& start,
                                      const ConstrainedOptions& options) {
  return LagrangeNewton(problem, start, options).run();
}

}  // namespace gradus::optimize
