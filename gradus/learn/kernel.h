#pragma once

#include <cstdint>

#include "gradus/core/tensor.h"

namespace gradus::learn {

enum class KernelKind {
  linear,      ///< a b
  rbf,         ///< exp(-gamma |a - b|^2)
  polynomial,  ///< (gamma a b + offset)^degree
  sigmoid,     ///< tanh(gamma a b + offset)
};

/// A product of examples in a space that they are never taken to.
struct Kernel {
  KernelKind kind = KernelKind::rbf;
  double gamma = 1;
  double offset = 0;
  std::int64_t degree = 3;

  /// (m, features) and (n, features) of one type -> (m, n) of that type, evaluated.
  Tensor operator()(const Tensor& a, const Tensor& b) const;
};

/// 1 / (features * variance of all numbers), or 1 if they are all equal.
double scaled_gamma(const Tensor& x);

}  // namespace gradus::learn
