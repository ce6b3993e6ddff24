#pragma once

#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::testing {

/// Tensors of f64.
inline Tensor real(double value) { return Tensor::scalar(value, DType::f64); }
inline Tensor reals(const std::vector<double>& values) { return Tensor::from(values); }
inline Tensor reals(const std::vector<double>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

}  // namespace gradus::testing
