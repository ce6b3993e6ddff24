// Internal: distances of examples by the definition.
#pragma once

#include <cstddef>

namespace gradus::learn {

/// The sum of squared differences in double precision: small differences do not cancel. Four sums
/// at a time, so that one addition need not wait for the last.
template <class T>
double squared_distance(const T* a, const T* b, std::size_t features) {
  double sums[4] = {0, 0, 0, 0};
  std::size_t f = 0;
  for (; f + 4 <= features; f += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      const double difference = static_cast<double>(a[f + lane]) - static_cast<double>(b[f + lane]);
      sums[lane] += difference * difference;
    }
  }
  for (; f < features; ++f) {
    const double difference = static_cast<double>(a[f]) - static_cast<double>(b[f]);
    sums[0] += difference * difference;
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// The sum of squares in double precision.
template <class T>
double squared_length(const T* a, std::size_t features) {
  double sums[4] = {0, 0, 0, 0};
  std::size_t f = 0;
  for (; f + 4 <= features; f += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      const auto value = static_cast<double>(a[f + lane]);
      sums[lane] += value * value;
    }
  }
  for (; f < features; ++f) sums[0] += static_cast<double>(a[f]) * static_cast<double>(a[f]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace gradus::learn
