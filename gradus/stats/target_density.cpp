#include "gradus/stats/target_density.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/stats/coordinates.h"

namespace gradus::stats {
namespace {

/// log of the derivative of from_unconstrained, summed.
Tensor log_jacobian(Domain domain, const Tensor& u) {
  switch (domain) {
    case Domain::positive:
      return sum(u);
    case Domain::triangle:
      return sum(u * eye(u.dim(-1), u.dim(-1), 0, u.dtype()));
    case Domain::probability:
      return negative(sum(softplus(u) + softplus(negative(u))));
    default:
      return number_like(0, u);
  }
}

Tensors parameters_of(const std::vector<Domain>& domains, const Tensors& coordinates) {
  Tensors parameters;
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    parameters.push_back(from_unconstrained(domains[i], coordinates[i]));
  }
  return parameters;
}

}  // namespace

TargetDensity::TargetDensity(const char* operation, ScalarFunction log_density,
                             const Tensors& start, std::vector<Domain> domains, DensityOf of)
    : domains_(std::move(domains)) {
  if (domains_.empty()) domains_.assign(start.size(), Domain::real);
  if (start.empty() || domains_.size() != start.size()) {
    throw Error(ErrorCode::invalid_argument, operation,
                fmt::format("{} domains do not fit {} parameters", domains_.size(), start.size()));
  }
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (of == DensityOf::coordinates && domains_[i] == Domain::simplex) {
      throw Error(ErrorCode::unsupported, operation,
                  "vectors of probabilities have one coordinate more than they are free: draw "
                  "logits instead");
    }
    shapes_.push_back(to_unconstrained(domains_[i], cast(start[i], DType::f64)).eval());
  }
  start_ = to_flat(shapes_);
  for (const double value : start_) {
    if (!std::isfinite(value)) {
      throw Error(ErrorCode::invalid_argument, operation,
                  "the start lies at an end of its domain, or outside of it");
    }
  }
  gradient_ = value_and_grad(
      [log_density = std::move(log_density), kinds = domains_, of](const Tensors& coordinates) {
        Tensor result = log_density(parameters_of(kinds, coordinates));
        if (of == DensityOf::parameters) return result;
        for (std::size_t i = 0; i < coordinates.size(); ++i) {
          result = result + log_jacobian(kinds[i], coordinates[i]);
        }
        return result;
      });
}

ValueAndGradient TargetDensity::operator()(const std::vector<double>& coordinates) const {
  const ValueAndGradient nowhere{-std::numeric_limits<double>::infinity(),
                                 std::vector<double>(coordinates.size(), 0)};
  try {
    const ValueAndGrad found = gradient_(from_flat(coordinates, shapes_));
    ValueAndGradient result{found.value.item<double>(), to_flat(found.gradients)};
    for (const double slope : result.gradient) {
      if (!std::isfinite(slope)) return nowhere;
    }
    return std::isfinite(result.value) ? result : nowhere;
  } catch (const Error& error) {
    // Coordinates so far out that a parameter is 0 or infinite in f64.
    if (error.code() != ErrorCode::invalid_argument) throw;
    return nowhere;
  }
}

Tensors TargetDensity::parameters_at(const std::vector<double>& coordinates) const {
  return parameters_of(domains_, from_flat(coordinates, shapes_));
}

}  // namespace gradus::stats
