// Internal: a dense array seen along one of its axes.
#pragma once

#include <cstdint>

#include "gradus/core/array.h"

namespace gradus {

/// `outer` blocks of `length` rows of `inner` contiguous elements.
struct AlongAxis {
  std::int64_t outer, length, inner;
};

inline AlongAxis along_axis(const Array& dense, int axis) {
  const std::int64_t length = dense.shape[axis];
  const std::int64_t inner = length > 1 ? dense.strides[static_cast<std::size_t>(axis)] : 1;
  const std::int64_t size = dense.shape.size();
  return {size == 0 ? 0 : size / (length * inner), length, inner};
}

}  // namespace gradus
