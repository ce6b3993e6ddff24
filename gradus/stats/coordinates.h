// Internal: tensors as one list of numbers, for methods that work on these.
#pragma once

#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::stats {

/// The elements of all tensors, one after the other.
inline std::vector<double> to_flat(const Tensors& tensors) {
  std::vector<double> flat;
  for (const Tensor& tensor : tensors) {
    const auto values = tensor.to_vector<double>();
    flat.insert(flat.end(), values.begin(), values.end());
  }
  return flat;
}

/// f64 tensors of the shapes of `like` that hold the numbers of `flat`.
inline Tensors from_flat(const std::vector<double>& flat, const Tensors& like) {
  Tensors tensors;
  std::size_t first = 0;
  for (const Tensor& tensor : like) {
    const auto count = static_cast<std::size_t>(tensor.size());
    tensors.push_back(
        Tensor::from(std::span<const double>(flat).subspan(first, count), tensor.shape()));
    first += count;
  }
  return tensors;
}

}  // namespace gradus::stats
