#include "gradus/optim/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include <fmt/format.h>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/ops/select.h"

namespace gradus::optim {
namespace {

using Vector = std::vector<double>;

// Of the Wolfe conditions (Nocedal and Wright 2006, section 3.1).
constexpr double kSufficientDecrease = 1e-4;
constexpr double kCurvature = 0.9;

double dot_of(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(const Vector& v) {
  double most = 0;
  for (const double value : v) most = std::max(most, std::abs(value));
  return most;
}

struct Evaluated {
  Vector point;
  double value;
  Vector gradient;
};

/// The function as one of vectors, counting its calls.
class Counted {
 public:
  Counted(const Function<ValueAndGradient(const Tensor&)>& function, const Tensor& start)
      : function_(function), shape_(start.shape()), dtype_(start.dtype()) {}

  Evaluated operator()(const Vector& point) {
    ++evaluations;
    const Tensor at = tensor(point);
    const ValueAndGradient result = function_(at);
    if (result.gradient.shape() != shape_) {
      throw Error(ErrorCode::shape, "minimize_lbfgs",
                  fmt::format("the gradient is {}, the point {}", result.gradient.signature(),
                              at.signature()),
                  {result.gradient.shape(), shape_});
    }
    // What the function saw, which rounding to its type may have moved.
    return {at.to_vector<double>(), result.value, result.gradient.to_vector<double>()};
  }
  Tensor tensor(const Vector& values) const {
    return Tensor(cast(Tensor::from(values, shape_), dtype_).eval());
  }

  std::int64_t evaluations = 0;

 private:
  const Function<ValueAndGradient(const Tensor&)>& function_;
  Shape shape_;
  DType dtype_;
};

/// The last steps and changes of the gradient, as a matrix that is never written out.
class InverseHessian {
 public:
  explicit InverseHessian(std::size_t memory) : memory_(memory) {}

  void add(const Evaluated& from, const Evaluated& to) {
    Pair pair{to.point, to.gradient, 0};
    for (std::size_t i = 0; i < pair.step.size(); ++i) {
      pair.step[i] -= from.point[i];
      pair.change[i] -= from.gradient[i];
    }
    const double curvature = dot_of(pair.step, pair.change);
    // Without positive curvature the matrix would not stay positive definite.
    if (!(curvature > 1e-16 * dot_of(pair.change, pair.change))) return;
    pair.rho = 1 / curvature;
    pairs_.push_back(std::move(pair));
    if (pairs_.size() > memory_) pairs_.pop_front();
  }
  void forget() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

  /// Minus the matrix times the gradient: algorithm 7.4, the two loops.
  Vector direction(const Vector& gradient) const {
    Vector q = gradient;
    Vector alpha(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = pairs_[i].rho * dot_of(pairs_[i].step, q);
      for (std::size_t j = 0; j < q.size(); ++j) q[j] -= alpha[i] * pairs_[i].change[j];
    }
    if (!pairs_.empty()) {
      const Pair& last = pairs_.back();
      const double scale = 1 / (last.rho * dot_of(last.change, last.change));
      for (double& value : q) value *= scale;
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].rho * dot_of(pairs_[i].change, q);
      for (std::size_t j = 0; j < q.size(); ++j) q[j] += pairs_[i].step[j] * (alpha[i] - beta);
    }
    for (double& value : q) value = -value;
    return q;
  }

 private:
  struct Pair {
    Vector step, change;
    double rho;
  };
  std::size_t memory_;
  std::deque<Pair> pairs_;
};

/// The function along a line, at distances in units of the direction.
class Line {
 public:
  Line(Counted& function, const Evaluated& from, const Vector& direction)
      : function_(function),
        from_(from),
        direction_(direction),
        slope_(dot_of(from.gradient, direction)) {}

  struct Place {
    double distance;
    Evaluated at;
    double slope;
  };
  double slope() const { return slope_; }
  Place at(double distance) {
    Vector point = from_.point;
    for (std::size_t i = 0; i < point.size(); ++i) point[i] += distance * direction_[i];
    Evaluated found = function_(point);
    const double slope = dot_of(found.gradient, direction_);
    return {distance, std::move(found), slope};
  }
  bool has_decreased(const Place& place) const {
    return std::isfinite(place.at.value) &&
           place.at.value <= from_.value + kSufficientDecrease * place.distance * slope_;
  }
  bool is_flat(const Place& place) const { return std::abs(place.slope) <= -kCurvature * slope_; }

 private:
  Counted& function_;
  const Evaluated& from_;
  const Vector& direction_;
  double slope_;
};

/// The minimum of the cubic through two values and slopes, kept away from the ends; halfway where
/// there is none (Nocedal and Wright 2006, equation 3.59).
double interpolate(const Line::Place& a, const Line::Place& b) {
  const double low = std::min(a.distance, b.distance), high = std::max(a.distance, b.distance);
  const double middle = low + (high - low) / 2;
  const double d1 = a.slope + b.slope - 3 * (a.at.value - b.at.value) / (a.distance - b.distance);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return middle;
  const double d2 = std::copysign(std::sqrt(square), b.distance - a.distance);
  const double found =
      b.distance - (b.distance - a.distance) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  const double margin = 0.1 * (high - low);
  return std::isfinite(found) ? std::clamp(found, low + margin, high - margin) : middle;
}

struct Searched {
  Evaluated at;
  bool found;
};

/// A place that meets the strong Wolfe conditions; if rounding hides it, the best that decreases.
Searched search(Line& line, const Evaluated& from, double first, std::int64_t max_steps) {
  Line::Place low{0, from, line.slope()};
  Line::Place place = line.at(first);
  std::int64_t steps = 1;
  // Algorithm 3.5: go on until there is a bracket.
  while (line.has_decreased(place) && !(low.distance > 0 && place.at.value >= low.at.value)) {
    if (line.is_flat(place)) return {std::move(place.at), true};
    if (place.slope >= 0) break;
    if (steps >= max_steps) return {std::move(place.at), true};
    const double next = 2.5 * place.distance;
    low = std::move(place);
    place = line.at(next);
    ++steps;
  }
  // Algorithm 3.6: `low` has the least value of those that decrease enough; the other end of the
  // bracket lies where the slope at `low` points to.
  Line::Place high = std::move(place);
  if (line.has_decreased(high) && high.at.value < low.at.value) std::swap(low, high);
  for (; steps < max_steps; ++steps) {
    Line::Place trial = line.at(interpolate(low, high));
    if (!line.has_decreased(trial) || trial.at.value >= low.at.value) {
      high = std::move(trial);
      continue;
    }
    if (line.is_flat(trial)) return {std::move(trial.at), true};
    if (trial.slope * (high.distance - low.distance) >= 0) high = std::move(low);
    low = std::move(trial);
  }
  const bool moved = low.distance > 0 && low.at.value < from.value;
  return {std::move(low.at), moved};
}

void check_options(const LbfgsOptions& options, const Tensor& start) {
  if (!start.defined() || (start.dtype() != DType::f32 && start.dtype() != DType::f64)) {
    throw Error(ErrorCode::dtype, "minimize_lbfgs", "the start must be a tensor of f32 or f64");
  }
  if (options.memory < 1 || options.max_iterations < 0 || options.max_line_steps < 1 ||
      !(options.gradient_tolerance >= 0) || !(options.decrease_tolerance >= 0)) {
    throw Error(ErrorCode::invalid_argument, "minimize_lbfgs",
                "memory and max_line_steps must be 1 or more, tolerances and max_iterations 0 or "
                "more");
  }
}

}  // namespace

Minimum minimize_lbfgs(const Function<ValueAndGradient(const Tensor&)>& function,
                       const Tensor& start, const LbfgsOptions& options) {
  check_options(options, start);
  Counted counted(function, start);
  Evaluated current = counted(start.to_vector<double>());
  if (!std::isfinite(current.value) || !std::isfinite(dot_of(current.gradient, current.gradient))) {
    throw Error(ErrorCode::numeric, "minimize_lbfgs",
                "the function or its gradient is not finite at the start");
  }
  InverseHessian inverse(static_cast<std::size_t>(options.memory));
  std::int64_t iterations = 0;
  const auto finish = [&](StopReason reason) {
    return Minimum{
        counted.tensor(current.point), current.value, counted.tensor(current.gradient), iterations,
        counted.evaluations,           reason};
  };
  while (largest(current.gradient) > options.gradient_tolerance) {
    if (iterations == options.max_iterations) return finish(StopReason::iterations);
    const bool fresh = inverse.empty();
    const Vector direction = inverse.direction(current.gradient);
    Line line(counted, current, direction);
    // The first step knows no scale of the function.
    const double first = fresh ? std::min(1.0, 1 / largest(current.gradient)) : 1.0;
    Searched next = line.slope() < 0 ? search(line, current, first, options.max_line_steps)
                                     : Searched{current, false};
    if (!next.found) {
      if (fresh) return finish(StopReason::line_search);
      inverse.forget();  // the gradient itself may still lead down
      continue;
    }
    ++iterations;
    inverse.add(current, next.at);
    const double gained = current.value - next.at.value;
    current = std::move(next.at);
    if (gained <= options.decrease_tolerance * std::max(1.0, std::abs(current.value)) &&
        options.decrease_tolerance > 0) {
      return finish(StopReason::decrease);
    }
  }
  return finish(StopReason::gradient);
}

Minimum minimize_lbfgs(const UnaryFunction& function, const Tensor& start,
                       const LbfgsOptions& options) {
  const auto with_gradient =
      value_and_grad([&](const Tensors& inputs) { return function(inputs[0]); });
  return minimize_lbfgs(
      [&](const Tensor& point) {
        const ValueAndGrad result = with_gradient({point});
        return ValueAndGradient{result.value.item<double>(), result.gradients[0]};
      },
      start, options);
}

}  // namespace gradus::optim
