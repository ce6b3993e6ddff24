#include "gradus/stats/map_estimate.h"

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/stats/target_density.h"

namespace gradus::stats {

MapEstimate maximum_a_posteriori(const ScalarFunction& log_density, const Tensors& start,
                                 const std::vector<Domain>& domains, const MapOptions& options) {
  const char* const name = "maximum_a_posteriori";
  const TargetDensity density(name, log_density, start, domains, DensityOf::parameters);
  const SmoothFunction loss = [&](const std::vector<double>& x) {
    ValueAndGradient result = density(x);
    result.value = -result.value;
    for (double& slope : result.gradient) slope = -slope;
    return result;
  };
  if (!std::isfinite(loss(density.start()).value)) {
    throw Error(ErrorCode::numeric, name, "the log-density is not finite at the start");
  }
  const Minimum found =
      minimize(loss, density.start(), options.tolerance, options.maximum_iterations);
  return {density.parameters_at(found.at), -found.value, found.iterations, found.has_converged};
}

}  // namespace gradus::stats
