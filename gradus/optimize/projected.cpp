#include "gradus/optimize/projected.h"

#include <deque>
#include <optional>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/optimize/objective.h"

namespace gradus::optimize {
namespace {

constexpr const char* kProjected = "minimize_projected";
constexpr double kSufficient = 1e-4;
constexpr double kShortest = 1e-10, kLongest = 1e150;
constexpr double kLowestOfAll = -1e100;  // taken for a function without a minimum

struct Step {
  double length;
  Point point;
};

class ProjectedRun {
 public:
  ProjectedRun(const UnaryFunction& f, const UnaryFunction& projection, const Tensor& start,
               const ProjectedOptions& options)
      : options_(options),
        projection_(projection),
        objective_(kProjected,
                   value_and_grad(ScalarFunction([&f](const Tensors& x) { return f(x[0]); })),
                   {start}) {
    now_ = objective_.at(projected(objective_.start()));
    if (!now_.is_finite()) {
      throw Error(ErrorCode::numeric, kProjected,
                  fmt::format("at the start the value is {}", now_.value));
    }
  }

  ProjectedMinimum run() && {
    double length = 1 / std::max(1.0, residual());
    std::deque<double> recent{now_.value};
    record(0);
    while (!is_at_an_end()) {
      const Vector direction = minus(projected(plus(now_.x, -length, now_.gradient)), now_.x);
      const auto next = search(direction, *std::max_element(recent.begin(), recent.end()));
      if (!next) {
        result_.reason = StopReason::line_search;
        break;
      }
      length = next_length(length, now_, next->point);
      now_ = next->point;
      recent.push_back(now_.value);
      if (recent.size() > static_cast<std::size_t>(options_.memory)) recent.pop_front();
      ++result_.iterations;
      record(next->length);
    }
    result_.x = objective_.tensors(now_.x)[0];
    result_.value = now_.value;
    result_.gradient = objective_.tensors(now_.gradient)[0];
    result_.residual = residual();
    result_.evaluations = objective_.evaluations();
    result_.report = fmt::format("{} after {} iterations ({} evaluations): {}",
                                 result_.converged() ? "converged" : "stopped", result_.iterations,
                                 result_.evaluations, explanation());
    return std::move(result_);
  }

 private:
  Vector projected(const Vector& x) const {
    const Tensor image = projection_(objective_.tensors(x)[0]);
    Vector values = image.to_vector<double>();
    if (values.size() != x.size()) {
      throw Error(ErrorCode::shape, kProjected,
                  fmt::format("the projection made {} of {} elements", values.size(), x.size()));
    }
    return values;
  }

  double residual() const {
    return largest(minus(projected(minus(now_.x, now_.gradient)), now_.x));
  }

  bool is_at_an_end() {
    const auto stop = [this](StopReason reason) {
      result_.reason = reason;
      return true;
    };
    // Far out, x - gradient is x to rounding, which is no sign of a minimum.
    const double slope = largest(now_.gradient);
    const bool is_told_apart = slope >= objective_.resolution() * largest(now_.x);
    if (slope <= options_.tolerance || (is_told_apart && residual() <= options_.tolerance)) {
      return stop(StopReason::gradient);
    }
    if (result_.iterations >= options_.iterations) return stop(StopReason::iterations);
    if (objective_.evaluations() >= options_.evaluations) return stop(StopReason::evaluations);
    if (now_.value < kLowestOfAll) return stop(StopReason::unbounded);
    return false;
  }

  /// Shortens the step until the value is enough below `ceiling`.
  std::optional<Step> search(const Vector& direction, double ceiling) {
    double step = 1;
    const double slope = dot(now_.gradient, direction);
    const double noise = 4 * objective_.resolution() * std::abs(now_.value);
    while (step * largest(direction) > objective_.resolution() * largest(now_.x) && step > 1e-16) {
      Point trial = objective_.at(plus(now_.x, step, direction));
      if (trial.is_finite() && trial.value <= ceiling + kSufficient * step * slope + noise) {
        return Step{step, std::move(trial)};
      }
      // The minimum of the parabola through both values, if that is a sensible place.
      const double curve = trial.value - now_.value - step * slope;
      const double best = -0.5 * step * step * slope / curve;
      step = best >= 0.1 * step && best <= 0.9 * step ? best : 0.5 * step;
    }
    return std::nullopt;
  }

  static double next_length(double length, const Point& from, const Point& to) {
    const Vector change = minus(to.x, from.x);
    const double curvature = dot(change, minus(to.gradient, from.gradient));
    if (!(curvature > 0)) return std::min(10 * length, kLongest);
    return std::clamp(dot(change, change) / curvature, kShortest, kLongest);
  }

  void record(double step) {
    if (options_.record == Record::nothing) return;
    result_.path.push_back({objective_.tensors(now_.x), now_.value, residual(), step});
  }

  std::string explanation() const {
    const double r = result_.residual;
    switch (result_.reason) {
      case StopReason::gradient:
        return fmt::format(
            "the largest element of the projected gradient, {:.2g}, is within {:.2g}", r,
            options_.tolerance);
      case StopReason::unbounded:
        return fmt::format("the value falls without end; it is {:.3g}", result_.value);
      case StopReason::line_search:
        return fmt::format(
            "no lower value can be told from {:.8g}; the largest element of the "
            "projected gradient is {:.2g}",
            result_.value, r);
      default:
        return fmt::format(
            "that was the limit; the largest element of the projected gradient is "
            "{:.2g}",
            r);
    }
  }

  const ProjectedOptions& options_;
  const UnaryFunction& projection_;
  Objective objective_;
  Point now_;
  ProjectedMinimum result_;
};

}  // namespace

ProjectedMinimum minimize_projected(const UnaryFunction& f, const UnaryFunction& projection,
                                    const Tensor& start, const ProjectedOptions& options) {
  if (!(options.tolerance >= 0) || options.memory < 1) {
    throw Error(ErrorCode::invalid_argument, kProjected,
                fmt::format("tolerance is {} and memory {}; they must be at least 0 and 1",
                            options.tolerance, options.memory));
  }
  return ProjectedRun(f, projection, start, options).run();
}

}  // namespace gradus::optimize
