#include "gradus/optimize/line_search.h"

#include <limits>
#include <utility>

namespace gradus::optimize {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Steps and values beyond these are taken for a function without a minimum.
constexpr double kLongestStep = 1e20;
constexpr double kLowestValue = -1e200;

/// A place on the line.
struct Trial {
  double step = 0;
  double slope = 0;
  Point point;

  double value() const { return point.value; }
};

/// Where the function should be least between two ends: the minimiser of the cubic with their
/// values and slopes; where the values differ by noise alone, the zero of the slopes. Kept away
/// from the ends. Where there is no such place, and where an end is infinite, the middle.
double between(const Trial& a, const Trial& b, double noise) {
  const double low = std::min(a.step, b.step);
  const double width = std::abs(a.step - b.step);
  const double middle = low + 0.5 * width;
  if (!std::isfinite(a.value()) || !std::isfinite(b.value())) return middle;
  double best = a.step - a.slope * (b.step - a.step) / (b.slope - a.slope);
  if (std::abs(a.value() - b.value()) > noise) {
    // Nocedal and Wright, equation 3.59.
    const double d1 = a.slope + b.slope - 3 * (a.value() - b.value()) / (a.step - b.step);
    const double inside = d1 * d1 - a.slope * b.slope;
    if (!(inside >= 0)) return middle;
    const double d2 = std::copysign(std::sqrt(inside), b.step - a.step);
    best = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  }
  if (!std::isfinite(best)) return middle;
  return std::clamp(best, low + 0.1 * width, low + 0.9 * width);
}

class Search {
 public:
  Search(Objective& f, const Point& from, const Vector& direction, const WolfeOptions& options)
      : f_(f),
        from_(from),
        direction_(direction),
        options_(options),
        slope_(dot(from.gradient, direction)),
        noise_(options.noise * f.resolution() * std::abs(from.value)),
        last_(f.evaluations() + options.evaluations) {}

  LineSearch run(double first_step) {
    if (!(slope_ < 0)) return {};
    Trial before{0, slope_, from_};
    double step = first_step;
    for (bool is_first = true; f_.evaluations() < last_; is_first = false) {
      Trial now = at(step);
      const bool rises = !is_first && now.value() > before.value() + noise_;
      if (is_too_high(now) || rises) return zoom(std::move(before), std::move(now));
      if (is_flat(now)) return done(std::move(now), LineSearch::Outcome::found);
      if (now.slope >= 0) return zoom(std::move(now), std::move(before));
      if (step > kLongestStep || now.value() < kLowestValue) {
        return done(std::move(now), LineSearch::Outcome::unbounded);
      }
      step = beyond(before, now);
      before = std::move(now);
    }
    return end_at(std::move(before));
  }

 private:
  Trial at(double step) {
    Trial trial{step, 0, f_.at(plus(from_.x, step, direction_))};
    if (trial.point.is_finite()) {
      trial.slope = dot(trial.point.gradient, direction_);
    } else {
      trial.point.value = kInfinity;
    }
    return trial;
  }

  bool is_too_high(const Trial& t) const {
    return t.value() > from_.value + options_.decrease * t.step * slope_ + noise_;
  }
  bool is_flat(const Trial& t) const { return std::abs(t.slope) <= -options_.curvature * slope_; }

  /// A longer step: to where the slopes promise an end of the descent, two to ten times as far.
  static double beyond(const Trial& before, const Trial& now) {
    const double change = (now.slope - before.slope) / (now.step - before.step);
    const double secant = change > 0 ? now.step - now.slope / change : kInfinity;
    return std::clamp(secant, 2 * now.step, 10 * now.step);
  }

  /// `low` is the lowest place so far that satisfies the first condition, and its slope points to
  /// `high`.
  LineSearch zoom(Trial low, Trial high) {
    while (f_.evaluations() < last_ && is_wide(low, high)) {
      Trial now = at(between(low, high, 4 * noise_));
      if (is_too_high(now) || now.value() > low.value() + noise_) {
        high = std::move(now);
        continue;
      }
      if (is_flat(now)) return done(std::move(now), LineSearch::Outcome::found);
      if (now.slope * (high.step - low.step) >= 0) high = std::move(low);
      low = std::move(now);
    }
    return end_at(std::move(low));
  }

  /// True while the ends are different arguments.
  bool is_wide(const Trial& a, const Trial& b) const {
    const double width = std::abs(a.step - b.step);
    for (std::size_t i = 0; i < direction_.size(); ++i) {
      const double change = std::abs(width * direction_[i]);
      if (change > f_.resolution() * std::abs(from_.x[i])) return change > 0;
    }
    return false;
  }

  LineSearch end_at(Trial best) const {
    return best.value() < from_.value ? done(std::move(best), LineSearch::Outcome::lower)
                                      : LineSearch{};
  }

  static LineSearch done(Trial trial, LineSearch::Outcome outcome) {
    return {outcome, trial.step, std::move(trial.point)};
  }

  Objective& f_;
  const Point& from_;
  const Vector& direction_;
  WolfeOptions options_;
  double slope_;
  double noise_;
  std::int64_t last_;
};

}  // namespace

LineSearch strong_wolfe(Objective& f, const Point& from, const Vector& direction, double first_step,
                        const WolfeOptions& options) {
  return Search(f, from, direction, options).run(first_step);
}

}  // namespace gradus::optimize
