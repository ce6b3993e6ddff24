// Internal: how methods of minimisation choose their next direction.
#pragma once

#include "gradus/base/pointer.h"
#include "gradus/optimize/objective.h"

namespace gradus::optimize {

class Directions {
 public:
  virtual ~Directions() = default;
  /// A direction of descent.
  virtual Vector next(Objective& f, const Point& now) = 0;
  /// The first step to try along it.
  virtual double first_step(const Point& now, const Vector& direction) = 0;
  /// Learns from a step that was made.
  virtual void moved(const Point& from, const Point& to, double step) = 0;
  /// Forgets what it learned. False if there was nothing to forget.
  virtual bool forget() = 0;
};

Owned<Directions> make_steepest();
Owned<Directions> make_conjugate();
Owned<Directions> make_bfgs();
Owned<Directions> make_lbfgs(std::int64_t memory);
Owned<Directions> make_newton();
Owned<Directions> make_newton_cg();

}  // namespace gradus::optimize
