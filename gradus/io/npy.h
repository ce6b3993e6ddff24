#pragma once

#include <string>

#include "gradus/core/tensor.h"
#include "gradus/io/file_bytes.h"

namespace gradus::io {

/// Reads a .npy file, versions 1 to 3, in either byte order and either order of axes. i8, i16 and
/// u16 become i32, u32 becomes i64. A file in this machine's byte order is mapped, not copied.
/// Throws Error naming the file and the byte where it departs from the format (format), or where it
/// holds what Gradus has no tensors for: pickled objects, records, text, complex numbers
/// (unsupported).
/// Format: numpy.lib.format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
Tensor read_npy(const std::string& path);
Tensor parse_npy(const FileBytes& file);

/// Writes a .npy file of version 1 in row-major order, atomically. bf16, which NumPy does not have,
/// is refused.
void write_npy(const std::string& path, const Tensor& tensor);

}  // namespace gradus::io
