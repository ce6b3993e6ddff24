#include <deque>
#include <limits>

#include "gradus/optimize/directions.h"

namespace gradus::optimize {
namespace {

/// What a step tells about the Hessian: H change = gain, roughly.
struct Secant {
  Vector change;  // of the arguments
  Vector gain;    // of the gradient
  double product = 0;

  Secant(const Point& from, const Point& to)
      : change(minus(to.x, from.x)),
        gain(minus(to.gradient, from.gradient)),
        product(dot(change, gain)) {}

  /// Curvature that is positive beyond rounding. The search sees to it except where it had to give
  /// up early.
  bool is_usable() const {
    return product > std::numeric_limits<double>::epsilon() * dot(gain, gain);
  }
};

/// The first direction is the gradient's, whose length says nothing: a step of at most length one.
double careful_step(const Vector& direction) {
  return std::min(1.0, 1 / std::sqrt(dot(direction, direction)));
}

class Lbfgs final : public Directions {
 public:
  explicit Lbfgs(std::int64_t memory) : memory_(static_cast<std::size_t>(memory)) {}

  // The two loops of algorithm 7.4: the inverse Hessian times the gradient, from the oldest
  // approximation, a multiple of the identity, and the steps since.
  Vector next(Objective&, const Point& now) override {
    Vector q = scaled(now.gradient, -1);
    std::vector<double> weights(steps_.size());
    for (std::size_t i = steps_.size(); i-- > 0;) {
      weights[i] = dot(steps_[i].change, q) / steps_[i].product;
      q = plus(std::move(q), -weights[i], steps_[i].gain);
    }
    if (!steps_.empty()) {
      const Secant& last = steps_.back();
      q = scaled(std::move(q), last.product / dot(last.gain, last.gain));
    }
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const double beta = dot(steps_[i].gain, q) / steps_[i].product;
      q = plus(std::move(q), weights[i] - beta, steps_[i].change);
    }
    return q;
  }
  double first_step(const Point&, const Vector& direction) override {
    return steps_.empty() ? careful_step(direction) : 1;
  }
  void moved(const Point& from, const Point& to, double) override {
    Secant secant(from, to);
    if (!secant.is_usable()) return;
    if (steps_.size() == memory_) steps_.pop_front();
    steps_.push_back(std::move(secant));
  }
  bool forget() override {
    const bool had_some = !steps_.empty();
    steps_.clear();
    return had_some;
  }

 private:
  std::size_t memory_;
  std::deque<Secant> steps_;  // the oldest first
};

class Bfgs final : public Directions {
 public:
  Vector next(Objective&, const Point& now) override {
    return inverse_.empty() ? scaled(now.gradient, -1) : scaled(times(now.gradient), -1);
  }
  double first_step(const Point&, const Vector& direction) override {
    return inverse_.empty() ? careful_step(direction) : 1;
  }
  void moved(const Point& from, const Point& to, double) override {
    const Secant secant(from, to);
    if (!secant.is_usable()) return;
    if (inverse_.empty()) start(secant);
    update(secant);
  }
  bool forget() override {
    const bool had_some = !inverse_.empty();
    inverse_.clear();
    return had_some;
  }

 private:
  Vector times(const Vector& x) const {
    const std::size_t n = x.size();
    Vector result(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) result[i] += inverse_[i * n + j] * x[j];
    }
    return result;
  }

  // Equation 6.20: the identity, scaled to the curvature of the first step.
  void start(const Secant& s) {
    const std::size_t n = s.change.size();
    inverse_.assign(n * n, 0);
    const double scale = s.product / dot(s.gain, s.gain);
    for (std::size_t i = 0; i < n; ++i) inverse_[i * n + i] = scale;
  }

  // Equation 6.17 multiplied out: H += (1 + y.Hy / s.y) ss' / s.y - (Hy s' + s (Hy)') / s.y
  void update(const Secant& s) {
    const std::size_t n = s.change.size();
    const Vector hy = times(s.gain);
    const double factor = (1 + dot(s.gain, hy) / s.product) / s.product;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        inverse_[i * n + j] += factor * s.change[i] * s.change[j] -
                               (hy[i] * s.change[j] + s.change[i] * hy[j]) / s.product;
      }
    }
  }

  Vector inverse_;  // n x n, row-major; empty: not known
};

}  // namespace

Owned<Directions> make_lbfgs(std::int64_t memory) { return make_owned<Lbfgs>(memory); }
Owned<Directions> make_bfgs() { return make_owned<Bfgs>(); }

}  // namespace gradus::optimize
