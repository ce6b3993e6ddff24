// Internal: a log-density of parameters as a function of numbers without bounds.
#pragma once

#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/stats/maximum_likelihood.h"

namespace gradus::stats {

struct ValueAndGradient {
  double value;
  std::vector<double> gradient;
};

/// Whether the density is one of the parameters, of which the maximum is looked for, or of the
/// coordinates, from which draws are made: the second has the Jacobian of the change of variables.
enum class DensityOf { parameters, coordinates };

class TargetDensity {
 public:
  /// Throws Error by `operation` unless there is a domain for each parameter, or none.
  TargetDensity(const char* operation, ScalarFunction log_density, const Tensors& start,
                std::vector<Domain> domains, DensityOf of);

  std::size_t size() const { return start_.size(); }
  const std::vector<double>& start() const { return start_; }
  /// The log-density and its gradient; minus infinity where it is not finite.
  ValueAndGradient operator()(const std::vector<double>& coordinates) const;
  /// The parameters at some coordinates, f64.
  Tensors parameters_at(const std::vector<double>& coordinates) const;

 private:
  Tensors shapes_;  // of the coordinates
  std::vector<Domain> domains_;
  std::vector<double> start_;
  Function<ValueAndGrad(const Tensors&)> gradient_;
};

}  // namespace gradus::stats
