#include "gradus/optimize/minimize.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/optimize/directions.h"
#include "gradus/optimize/line_search.h"

namespace gradus::optimize {
namespace {

constexpr const char* kOperation = "minimize";

void require(bool holds, const char* option, double value, const char* what) {
  if (holds) return;
  throw Error(ErrorCode::invalid_argument, kOperation,
              fmt::format("{} is {}; it must be {}", option, value, what));
}

void check(const MinimizeOptions& o) {
  require(o.gradient_tolerance >= 0, "gradient_tolerance", o.gradient_tolerance, "at least 0");
  require(o.value_tolerance >= 0, "value_tolerance", o.value_tolerance, "at least 0");
  require(o.step_tolerance >= 0, "step_tolerance", o.step_tolerance, "at least 0");
  require(o.iterations >= 0, "iterations", static_cast<double>(o.iterations), "at least 0");
  require(o.evaluations >= 1, "evaluations", static_cast<double>(o.evaluations), "at least 1");
  require(o.memory >= 1, "memory", static_cast<double>(o.memory), "at least 1");
  require(o.learning_rate >= 0, "learning_rate", o.learning_rate, "at least 0");
  require(o.momentum >= 0 && o.momentum < 1, "momentum", o.momentum, "from 0 to below 1");
  require(o.decrease > 0 && o.decrease < 0.5, "decrease", o.decrease, "between 0 and 0.5");
  require(o.curvature == 0 || (o.curvature > o.decrease && o.curvature < 1), "curvature",
          o.curvature, "between decrease and 1");
  if ((o.learning_rate > 0 && o.method != Method::gradient_descent) ||
      (o.momentum > 0 && o.learning_rate == 0)) {
    throw Error(ErrorCode::invalid_argument, kOperation,
                o.learning_rate > 0 ? fmt::format("learning_rate is of gradient_descent, not of {}",
                                                  name_of(o.method))
                                    : std::string("momentum needs a learning_rate"));
  }
}

WolfeOptions wolfe_options(const MinimizeOptions& o) {
  const bool exact = o.method == Method::gradient_descent || o.method == Method::conjugate_gradient;
  return {.decrease = o.decrease,
          .curvature = o.curvature != 0 ? o.curvature
                       : exact          ? std::max(0.1, 2 * o.decrease)
                                        : 0.9};
}

Owned<Directions> make_directions(const MinimizeOptions& options) {
  switch (options.method) {
    case Method::gradient_descent:
      return make_steepest();
    case Method::conjugate_gradient:
      return make_conjugate();
    case Method::bfgs:
      return make_bfgs();
    case Method::lbfgs:
      return make_lbfgs(options.memory);
    case Method::newton:
      return make_newton();
    case Method::newton_cg:
      return make_newton_cg();
  }
  throw Error(ErrorCode::invalid_argument, kOperation, "there is no such method");
}

/// One minimisation: where it stands, and its record.
class Run {
 public:
  Run(const DifferentiableFunction& f, const Tensors& start, const MinimizeOptions& options)
      : objective_(kOperation, f, start),
        options_(options),
        now_(objective_.at(objective_.start())) {
    if (!now_.is_finite()) {
      throw Error(ErrorCode::numeric, kOperation,
                  fmt::format("at the start the value is {} and the largest element of the "
                              "gradient {}",
                              now_.value, largest(now_.gradient)));
    }
    record(0);
  }

  Minimum finish() && {
    if (options_.learning_rate > 0) {
      descend_at_a_rate();
    } else {
      descend();
    }
    result_.arguments = objective_.tensors(now_.x);
    result_.value = now_.value;
    result_.gradients = objective_.tensors(now_.gradient);
    result_.gradient_norm = largest(now_.gradient);
    result_.evaluations = objective_.evaluations();
    result_.hessian_products = objective_.hessian_products();
    result_.report =
        fmt::format("{} after {} iteration{} ({} evaluations): {}",
                    result_.converged() ? "converged" : "stopped", result_.iterations,
                    result_.iterations == 1 ? "" : "s", result_.evaluations, explanation());
    return std::move(result_);
  }

 private:
  bool stop(StopReason reason) {
    result_.reason = reason;
    return true;
  }

  /// What can be said before an iteration.
  bool is_at_an_end() {
    if (largest(now_.gradient) <= options_.gradient_tolerance) return stop(StopReason::gradient);
    if (result_.iterations >= options_.iterations) return stop(StopReason::iterations);
    if (objective_.evaluations() >= options_.evaluations) return stop(StopReason::evaluations);
    return false;
  }

  /// Goes to `next`. True if that was the last step.
  bool move_to(Point next, double step) {
    value_change_ = (now_.value - next.value) / std::max(1.0, std::abs(now_.value));
    step_change_ = largest(minus(next.x, now_.x)) / std::max(1.0, largest(now_.x));
    now_ = std::move(next);
    ++result_.iterations;
    record(step);
    if (largest(now_.gradient) <= options_.gradient_tolerance) return false;  // said by the caller
    if (options_.value_tolerance > 0 && std::abs(value_change_) <= options_.value_tolerance) {
      return stop(StopReason::value);
    }
    if (options_.step_tolerance > 0 && step_change_ <= options_.step_tolerance) {
      return stop(StopReason::step);
    }
    return false;
  }

  void record(double step) {
    if (options_.record == Record::nothing && !options_.observe) return;
    PathPoint point{objective_.tensors(now_.x), now_.value, largest(now_.gradient), step};
    if (options_.observe) options_.observe(point);
    if (options_.record == Record::path) result_.path.push_back(std::move(point));
  }

  void descend() {
    const Owned<Directions> directions = make_directions(options_);
    const WolfeOptions wolfe = wolfe_options(options_);
    while (!is_at_an_end()) {
      Vector direction = directions->next(objective_, now_);
      if (!(dot(direction, now_.gradient) < 0)) direction = scaled(now_.gradient, -1);
      const double first_step = directions->first_step(now_, direction);
      LineSearch search = strong_wolfe(objective_, now_, direction, first_step, wolfe);
      if (search.outcome == LineSearch::Outcome::failed) {
        search = search_by_slopes(direction, first_step, wolfe);
      }
      if (search.outcome == LineSearch::Outcome::failed) {
        if (directions->forget()) continue;  // against the gradient, then
        stop(StopReason::line_search);
        return;
      }
      directions->moved(now_, search.point, search.step);
      const bool unbounded = search.outcome == LineSearch::Outcome::unbounded;
      if (move_to(std::move(search.point), search.step)) return;
      if (unbounded) {
        stop(StopReason::unbounded);
        return;
      }
    }
  }

  /// A value that is a difference of large terms is less exact than its digits say, and its slopes
  /// are not. So where no lower value is found, values may be off by more, and what counts is that
  /// the gradient becomes smaller.
  LineSearch search_by_slopes(const Vector& direction, double first_step, WolfeOptions options) {
    options.noise *= 1e4;
    LineSearch search = strong_wolfe(objective_, now_, direction, first_step, options);
    const bool is_nearer = search.outcome != LineSearch::Outcome::failed &&
                           largest(search.point.gradient) < 0.9 * largest(now_.gradient);
    if (!is_nearer) search.outcome = LineSearch::Outcome::failed;
    return search;
  }

  /// x += v, v = momentum v - rate g (Polak 1964).
  void descend_at_a_rate() {
    Vector velocity(objective_.size(), 0);
    Point best = now_;
    while (!is_at_an_end()) {
      velocity = plus(scaled(std::move(velocity), options_.momentum), -options_.learning_rate,
                      now_.gradient);
      Point next = objective_.at(plus(now_.x, 1, velocity));
      if (!next.is_finite()) {
        stop(StopReason::diverged);
        break;
      }
      const bool last = move_to(std::move(next), options_.learning_rate);
      if (now_.value < best.value) best = now_;
      if (last) break;
    }
    // Steps of a given length may climb.
    if (result_.reason != StopReason::gradient && best.value < now_.value) now_ = std::move(best);
  }

  std::string explanation() const {
    switch (result_.reason) {
      case StopReason::gradient:
        return fmt::format("the largest element of the gradient, {:.2g}, is within {:.2g}",
                           result_.gradient_norm, options_.gradient_tolerance);
      case StopReason::value:
        return fmt::format("the value changed by {:.2g} of itself, which is within {:.2g}",
                           value_change_, options_.value_tolerance);
      case StopReason::step:
        return fmt::format("the arguments changed by {:.2g} of themselves, which is within {:.2g}",
                           step_change_, options_.step_tolerance);
      case StopReason::iterations:
        return fmt::format("that was the limit; the largest element of the gradient is {:.2g}",
                           result_.gradient_norm);
      case StopReason::evaluations:
        return fmt::format(
            "{} evaluations were the limit; the largest element of the gradient is "
            "{:.2g}",
            options_.evaluations, result_.gradient_norm);
      case StopReason::line_search:
        return fmt::format(
            "no lower value can be told from {:.8g} along the gradient, whose largest element is "
            "{:.2g}; the function's rounding may not allow more",
            result_.value, result_.gradient_norm);
      case StopReason::unbounded:
        return fmt::format("the value falls without end; it is {:.3g}", result_.value);
      case StopReason::diverged:
        return fmt::format(
            "the next step, of learning rate {:.3g}, leads to a value that is not "
            "finite",
            options_.learning_rate);
    }
    return "";
  }

  Objective objective_;
  const MinimizeOptions& options_;
  Point now_;
  Minimum result_;
  double value_change_ = 0;
  double step_change_ = 0;
};

}  // namespace

const char* name_of(Method method) {
  switch (method) {
    case Method::gradient_descent:
      return "gradient_descent";
    case Method::conjugate_gradient:
      return "conjugate_gradient";
    case Method::bfgs:
      return "bfgs";
    case Method::lbfgs:
      return "lbfgs";
    case Method::newton:
      return "newton";
    case Method::newton_cg:
      return "newton_cg";
  }
  return "";
}

bool Minimum::converged() const {
  return reason == StopReason::gradient || reason == StopReason::value ||
         reason == StopReason::step;
}

Minimum minimize(const DifferentiableFunction& f, const Tensors& start,
                 const MinimizeOptions& options) {
  check(options);
  return Run(f, start, options).finish();
}

Minimum minimize(const ScalarFunction& f, const Tensors& start, const MinimizeOptions& options) {
  return minimize(DifferentiableFunction(value_and_grad(f)), start, options);
}

Minimum minimize(const UnaryFunction& f, const Tensor& start, const MinimizeOptions& options) {
  return minimize(ScalarFunction([&f](const Tensors& x) { return f(x[0]); }), {start}, options);
}

}  // namespace gradus::optimize
