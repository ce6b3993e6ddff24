// Internal: the plain vectors that optimisers compute with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace gradus::optimize {

using Vector = std::vector<double>;

inline double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The largest absolute element; NaN if one is.
inline double largest(const Vector& x) {
  double most = 0;
  for (const double value : x) {
    if (std::isnan(value)) return value;
    most = std::max(most, std::abs(value));
  }
  return most;
}

/// a + factor * b
inline Vector plus(Vector a, double factor, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
  return a;
}

inline Vector minus(Vector a, const Vector& b) { return plus(std::move(a), -1, b); }

inline Vector scaled(Vector a, double factor) {
  for (double& value : a) value *= factor;
  return a;
}

}  // namespace gradus::optimize
