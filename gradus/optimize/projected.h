#pragma once

#include "gradus/optimize/minimize.h"

namespace gradus::optimize {

struct ProjectedOptions {
  double tolerance = 1e-6;  ///< of the residual
  std::int64_t iterations = 1000;
  std::int64_t evaluations = 100000;
  std::int64_t memory = 10;  ///< values of the last iterations that a step need not undercut
  Record record = Record::nothing;
};

struct ProjectedMinimum {
  Tensor x = {};
  double value = 0;
  Tensor gradient =
      {};  ///< of f. Its negative is the sum of the active constraints' gradients times
           ///< their multipliers; over a box, elements at a bound are multipliers.
  double residual = 0;  ///< largest element of |P(x - gradient) - x|, 0 at a KKT point
  StopReason reason = StopReason::iterations;
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;
  std::vector<PathPoint> path = {};  ///< gradient_norm is the residual
  std::string report = {};

  bool converged() const { return reason == StopReason::gradient; }
};

/// Minimises f over a convex set that is given by its projection (gradus/optimize/projections.h),
/// by projected gradients with the step length of Barzilai and Borwein. Every point is in the set.
/// Source: Birgin, Martinez and Raydan 2000, "Nonmonotone spectral projected gradient methods on
/// convex sets" (SPG2).
ProjectedMinimum minimize_projected(const UnaryFunction& f, const UnaryFunction& projection,
                                    const Tensor& start, const ProjectedOptions& options = {});

}  // namespace gradus::optimize
