#pragma once

#include <vector>

#include "gradus/autodiff/vjp.h"
#include "gradus/stats/maximum_likelihood.h"

namespace gradus::stats {

struct MapOptions {
  /// Ends where no slope of the log-density is larger, in unconstrained coordinates.
  double tolerance = 1e-7;
  int maximum_iterations = 1000;
};

struct MapEstimate {
  Tensors parameters;      ///< f64, of the shapes of the start
  double log_density = 0;  ///< at the parameters
  int iterations = 0;
  bool has_converged = false;
};

/// The parameters of largest posterior density: the maximum of `log_density` (likelihood and prior,
/// up to a constant; 0-d) from `start` on, by gradient. `domains` has an entry for each parameter,
/// or none if all are real.
MapEstimate maximum_a_posteriori(const ScalarFunction& log_density, const Tensors& start,
                                 const std::vector<Domain>& domains = {},
                                 const MapOptions& options = {});

}  // namespace gradus::stats
