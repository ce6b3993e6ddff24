#include "gradus/optimize/projections.h"

#include <functional>
#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/select.h"
#include "gradus/optimize/vectors.h"

namespace gradus::optimize {
namespace {

Vector checked_values(const Tensor& x, const char* operation) {
  if (!x.defined() || (x.dtype() != DType::f32 && x.dtype() != DType::f64)) {
    throw Error(ErrorCode::dtype, operation,
                fmt::format("takes an f32 or f64 tensor, not {}",
                            x.defined() ? x.signature() : "an undefined one"));
  }
  Vector values = x.to_vector<double>();
  if (std::isnan(largest(values))) {
    throw Error(ErrorCode::numeric, operation, "the tensor holds NaN");
  }
  return values;
}

void require_radius(double radius, const char* operation) {
  if (radius >= 0) return;
  throw Error(ErrorCode::invalid_argument, operation,
              fmt::format("the radius is {}; it must be at least 0", radius));
}

Tensor like(const Tensor& x, const Vector& values) {
  return cast(Tensor::from(values, x.shape()), x.dtype()).eval();
}

/// What must be taken off the elements so that those left above 0 add up to `total`.
double simplex_threshold(Vector values, double total) {
  std::sort(values.begin(), values.end(), std::greater<>());
  double sum = 0;
  double threshold = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    const double candidate = (sum - total) / static_cast<double>(i + 1);
    if (values[i] <= candidate && i > 0) break;
    threshold = candidate;
  }
  return threshold;
}

}  // namespace

Tensor project_onto_box(const Tensor& x, double low, double high) {
  Vector values = checked_values(x, "project_onto_box");
  if (!(low <= high)) {
    throw Error(ErrorCode::invalid_argument, "project_onto_box",
                fmt::format("there is nothing between {} and {}", low, high));
  }
  for (double& value : values) value = std::clamp(value, low, high);
  return like(x, values);
}

Tensor project_onto_nonnegative(const Tensor& x) {
  return project_onto_box(x, 0, std::numeric_limits<double>::infinity());
}

Tensor project_onto_linf_ball(const Tensor& x, double radius) {
  require_radius(radius, "project_onto_linf_ball");
  return project_onto_box(x, -radius, radius);
}

Tensor project_onto_l2_ball(const Tensor& x, double radius) {
  const Vector values = checked_values(x, "project_onto_l2_ball");
  require_radius(radius, "project_onto_l2_ball");
  // Scaled by the largest element, so that squares do not overflow.
  const double most = largest(values);
  if (most == 0) return x;
  const Vector unit = scaled(values, 1 / most);
  const double length = std::sqrt(dot(unit, unit));
  return length * most <= radius ? x : like(x, scaled(unit, radius / length));
}

Tensor project_onto_simplex(const Tensor& x, double total) {
  Vector values = checked_values(x, "project_onto_simplex");
  if (!(total >= 0) || values.empty()) {
    throw Error(ErrorCode::invalid_argument, "project_onto_simplex",
                fmt::format("no {} elements of at least 0 add up to {}", values.size(), total));
  }
  const double threshold = simplex_threshold(values, total);
  for (double& value : values) value = std::max(0.0, value - threshold);
  return like(x, values);
}

Tensor project_onto_l1_ball(const Tensor& x, double radius) {
  Vector values = checked_values(x, "project_onto_l1_ball");
  require_radius(radius, "project_onto_l1_ball");
  Vector sizes = values;
  double sum = 0;
  for (double& size : sizes) sum += size = std::abs(size);
  if (sum <= radius) return x;
  const double threshold = simplex_threshold(sizes, radius);
  for (double& value : values) {
    value = std::copysign(std::max(0.0, std::abs(value) - threshold), value);
  }
  return like(x, values);
}

}  // namespace gradus::optimize
