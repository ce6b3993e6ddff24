#include "gradus/core/array.h"

#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/memory/allocator.h"

namespace gradus {
namespace {

/// The largest size there is where the bytes cannot be counted: a shape may have 2^62 elements.
std::size_t bytes_of(const Array& array) {
  const auto elements = static_cast<std::size_t>(array.shape.size());
  const std::size_t item = size_of(array.dtype), most = std::numeric_limits<std::size_t>::max();
  return elements > most / item ? most : elements * item;
}

}  // namespace

void allocate_row_major(Array& array) {
  array.strides = row_major(array.shape);
  array.offset = 0;
  try {
    array.buffer = allocate(bytes_of(array));
  } catch (Error& error) {
    error.add_context(fmt::format("{}{}", name_of(array.dtype), array.shape.to_string()));
    throw;
  }
}

Array row_major_copy(const Array& array) {
  if (array.is_row_major()) return array;
  Array copy{.shape = array.shape, .dtype = array.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(copy);
  copy_strided(array.shape, size_of(array.dtype), array.bytes(), array.strides,
               copy.mutable_bytes(), copy.strides);
  return copy;
}

}  // namespace gradus
