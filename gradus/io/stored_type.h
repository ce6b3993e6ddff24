// Internal: readers of arrays.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "gradus/base/dtype.h"

namespace gradus::io {

/// How another format stores its elements.
struct StoredType {
  enum class Kind { boolean, signed_integer, unsigned_integer, floating };
  Kind kind = Kind::floating;
  std::size_t bytes = 4;
  bool big_endian = false;
};

/// The narrowest element type of Gradus that holds every value of `stored`: i32 for 8 and 16 bits,
/// i64 for unsigned 32 bits. None for unsigned 64 bits and for sizes that do not exist.
std::optional<DType> holder_of(const StoredType& stored);

/// True if elements of `stored` are those of holder_of(stored) byte for byte.
bool is_native(const StoredType& stored);

/// Converts stored elements, exactly, to `target`, which is holder_of(stored) and has room for as
/// many. The two may begin at the same place if is_native or of one width.
void decode_elements(const StoredType& stored, std::span<const std::byte> source,
                     std::byte* target);

}  // namespace gradus::io
