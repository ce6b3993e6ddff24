#pragma once

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::testing {

inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Matches a tensor whose elements, in row-major order, lie within `tolerance` of `values`.
MATCHER_P2(IsNear, values, tolerance, "") {
  const std::vector<double> expected(values);
  const auto actual = arg.template to_vector<double>();
  if (actual.size() != expected.size()) {
    *result_listener << "which has " << actual.size() << " elements, not " << expected.size();
    return false;
  }
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::abs(actual[i] - expected[i]) <= tolerance || actual[i] == expected[i]) continue;
    *result_listener << "whose element " << i << " is " << actual[i] << ", not " << expected[i];
    return false;
  }
  return true;
}

/// IsNear() for a list in braces.
inline auto near(std::vector<double> values, double tolerance = 1e-6) {
  return IsNear(std::move(values), tolerance);
}

/// The elements in row-major order.
inline std::vector<double> values(const Tensor& x) { return x.to_vector<double>(); }

/// A matrix (n, 1).
inline Tensor column(const std::vector<float>& values) {
  return Tensor::from(values, Shape{static_cast<std::int64_t>(values.size()), 1});
}

}  // namespace gradus::testing
