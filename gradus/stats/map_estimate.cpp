#include "gradus/stats/map_estimate.h"

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/optimize/minimize.h"
#include "gradus/stats/target_density.h"

namespace gradus::stats {

MapEstimate maximum_a_posteriori(const ScalarFunction& log_density, const Tensors& start,
                                 const std::vector<Domain>& domains, const MapOptions& options) {
  const char* const name = "maximum_a_posteriori";
  const TargetDensity density(name, log_density, start, domains, DensityOf::parameters);
  if (!std::isfinite(density(density.start()).value)) {
    throw Error(ErrorCode::numeric, name, "the log-density is not finite at the start");
  }
  const optimize::DifferentiableFunction loss = [&](const Tensors& x) -> ValueAndGrad {
    const ValueAndGradient found = density(x[0].to_vector<double>());
    return {Tensor::scalar(-found.value, DType::f64), {negative(Tensor::from(found.gradient))}};
  };
  const optimize::Minimum found = optimize::minimize(loss, {Tensor::from(density.start())},
                                                     {.method = optimize::Method::bfgs,
                                                      .gradient_tolerance = options.tolerance,
                                                      .iterations = options.maximum_iterations});
  return {density.parameters_at(found.x().to_vector<double>()), -found.value,
          static_cast<int>(found.iterations), found.converged()};
}

}  // namespace gradus::stats
