#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "gradus/base/error.h"
#include "gradus/core/tensor.h"
#include "gradus/memory/buffer.h"

namespace gradus::io {

/// The bytes of a file, and the name that errors call it by. What is parsed from them may go on
/// sharing the buffer.
struct FileBytes {
  std::string name;
  Buffer buffer;
  std::size_t size = 0;
  std::size_t begin = 0;  ///< where the bytes begin in the buffer

  std::span<const std::byte> bytes() const noexcept { return {buffer.data() + begin, size}; }
};

/// Maps a file into memory for reading. Throws Error (not_found, io) if it cannot be opened or is
/// not a regular file. The file must not be cut short while the bytes are in use; replacing it by
/// renaming, as AtomicFile does, is safe.
FileBytes map_file(const char* operation, const std::string& path);

/// A copy of bytes that are in memory already.
FileBytes copy_bytes(std::string name, std::span<const std::byte> bytes);

/// A tensor over the bytes from `offset` on, which are row-major. Shares the buffer where the
/// elements are aligned, copies otherwise. The bytes must be there.
Tensor tensor_over(const FileBytes& file, std::size_t offset, const Shape& shape, DType dtype);

/// Throws Error if a byte of a boolean tensor in the file is neither 0 nor 1.
void check_booleans(const char* operation, const FileBytes& file, std::size_t offset,
                    std::size_t count);

/// An Error about the contents of a file: "operation: name: what".
Error format_error(const char* operation, const std::string& name, const std::string& what);

/// An Error for `number` of errno after a call on `path`: not_found, disk_full or io.
Error system_error(const char* operation, const std::string& path, const std::string& attempt,
                   int number);

}  // namespace gradus::io
