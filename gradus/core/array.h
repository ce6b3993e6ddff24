#pragma once

#include <cstddef>
#include <cstdint>

#include "gradus/base/dtype.h"
#include "gradus/base/shape.h"
#include "gradus/memory/buffer.h"

namespace gradus {

/// An output of a node: what it is, and once evaluated where its elements lie. Kernels read and
/// write arrays; users hold tensors.
struct Array {
  Shape shape;
  DType dtype = DType::f32;
  Strides strides;          ///< in elements; meaningful once `buffer` is set
  Buffer buffer;            ///< empty until evaluated
  std::int64_t offset = 0;  ///< of the first element, in elements

  bool has_data() const noexcept { return static_cast<bool>(buffer); }
  bool is_row_major() const { return gradus::is_row_major(shape, strides); }

  template <class T>
  const T* data() const noexcept {
    return reinterpret_cast<const T*>(buffer.data()) + offset;
  }
  template <class T>
  T* mutable_data() noexcept {
    return reinterpret_cast<T*>(buffer.data()) + offset;
  }
  const std::byte* bytes() const noexcept {
    return buffer.data() + offset * static_cast<std::int64_t>(size_of(dtype));
  }
  std::byte* mutable_bytes() noexcept {
    return buffer.data() + offset * static_cast<std::int64_t>(size_of(dtype));
  }
};

/// Gives `array` a fresh row-major buffer.
void allocate_row_major(Array& array);

/// `array` itself if it is row-major, else a row-major copy.
Array row_major_copy(const Array& array);

/// Copies elements of `item` bytes between two strided places of one shape. The places must not
/// overlap.
void copy_strided(const Shape& shape, std::size_t item, const std::byte* source,
                  const Strides& source_strides, std::byte* target, const Strides& target_strides);

}  // namespace gradus
