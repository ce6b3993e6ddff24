#include "gradus/optimize/directions.h"

namespace gradus::optimize {
namespace {

/// A first step for directions that have no length of their own: one that changes the value, to
/// first order, as the last step did. Source: Nocedal and Wright 2006, section 3.5.
class LikeTheLast {
 public:
  double step(const Point& now, const Vector& direction) const {
    const double slope = dot(now.gradient, direction);
    if (decrease_ > 0 && slope < 0) return std::min(1e10, decrease_ / -slope);
    return 1 / std::max(1.0, largest(direction));
  }
  void moved(const Point& from, const Point& to) {
    decrease_ = -dot(from.gradient, minus(to.x, from.x));
  }

 private:
  double decrease_ = 0;
};

class Steepest final : public Directions {
 public:
  Vector next(Objective&, const Point& now) override { return scaled(now.gradient, -1); }
  double first_step(const Point& now, const Vector& direction) override {
    return length_.step(now, direction);
  }
  void moved(const Point& from, const Point& to, double) override { length_.moved(from, to); }
  bool forget() override { return false; }

 private:
  LikeTheLast length_;
};

/// d = -g + beta d, with beta = max(0, g.(g - g_before) / g_before.g_before) (Polak and Ribiere).
class Conjugate final : public Directions {
 public:
  Vector next(Objective&, const Point& now) override {
    Vector direction = scaled(now.gradient, -1);
    if (!before_.empty()) {
      const double beta = std::max(0.0, dot(now.gradient, minus(now.gradient, gradient_before_)) /
                                            dot(gradient_before_, gradient_before_));
      Vector bent = plus(direction, beta, before_);
      if (dot(bent, now.gradient) < 0) direction = std::move(bent);
    }
    before_ = direction;
    return direction;
  }
  double first_step(const Point& now, const Vector& direction) override {
    return length_.step(now, direction);
  }
  void moved(const Point& from, const Point& to, double) override {
    gradient_before_ = from.gradient;
    length_.moved(from, to);
  }
  bool forget() override {
    const bool bends = !gradient_before_.empty();
    before_.clear();
    gradient_before_.clear();
    return bends;
  }

 private:
  Vector before_;
  Vector gradient_before_;
  LikeTheLast length_;
};

}  // namespace

Owned<Directions> make_steepest() { return make_owned<Steepest>(); }
Owned<Directions> make_conjugate() { return make_owned<Conjugate>(); }

}  // namespace gradus::optimize
