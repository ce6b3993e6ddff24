// Internal: plain walks over positions, for reference kernels: right at a glance, not fast.
#pragma once

#include <cstdint>
#include <cstring>

#include "gradus/core/array.h"

namespace gradus {

/// Distance of the element at `position` from the first, in elements.
inline std::int64_t offset_at(const Strides& strides, const Dims& position) {
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < position.size(); ++axis) {
    offset += strides[axis] * position[axis];
  }
  return offset;
}

/// Calls f(position, number) for every position of `shape` in row-major order, numbered from 0.
template <class F>
void for_each_position(const Shape& shape, F f) {
  Dims position(static_cast<std::size_t>(shape.rank()), 0);
  for (std::int64_t number = 0; number < shape.size(); ++number) {
    f(static_cast<const Dims&>(position), number);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      std::int64_t& place = position[static_cast<std::size_t>(axis)];
      if (++place < shape[axis]) break;
      place = 0;
    }
  }
}

/// Copies one element between arrays of one element type; places are counted from the first
/// element.
inline void copy_element(const Array& from, std::int64_t place_from, Array& to,
                         std::int64_t place_to) {
  const auto item = static_cast<std::int64_t>(size_of(from.dtype));
  std::memcpy(to.mutable_bytes() + place_to * item, from.bytes() + place_from * item,
              static_cast<std::size_t>(item));
}

}  // namespace gradus
