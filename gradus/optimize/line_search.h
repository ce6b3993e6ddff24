// Internal: a step along a direction.
#pragma once

#include <cstdint>

#include "gradus/optimize/objective.h"

namespace gradus::optimize {

struct WolfeOptions {
  double decrease = 1e-4;
  double curvature = 0.9;
  double noise = 4;               ///< what values may be off by, in units of their last digit
  std::int64_t evaluations = 60;  ///< at most
};

struct LineSearch {
  enum class Outcome {
    found,
    lower,      ///< a lower value, but the slope is not flat enough yet
    failed,     ///< no lower value
    unbounded,  ///< the value fell as far as steps went
  };
  Outcome outcome = Outcome::failed;
  double step = 0;
  Point point;  ///< unless failed
};

/// A step along `direction`, which must descend, that satisfies the strong Wolfe conditions
///
///     f(x + step d) <= f(x) + decrease * step * slope,  |slope at the step| <= curvature * |slope|
///
/// Where values differ by less than their rounding, slopes decide alone. Values that are infinite
/// or NaN count as too high. Source: Nocedal and Wright 2006, algorithms 3.5 and 3.6.
LineSearch strong_wolfe(Objective& f, const Point& from, const Vector& direction, double first_step,
                        const WolfeOptions& options);

}  // namespace gradus::optimize
