#pragma once

#include <string>

#include "gradus/core/tensor.h"
#include "gradus/io/file_bytes.h"

namespace gradus::io {

/// Reads an IDX file, the format of MNIST, compressed with gzip or not. Elements are big-endian u8,
/// i8, i16, i32, f32 or f64; i8 and i16 become i32. Throws Error naming the file and the byte where
/// it departs from the format.
/// Format: https://yann.lecun.com/exdb/mnist, "The IDX file format".
Tensor read_idx(const std::string& path);
Tensor parse_idx(const FileBytes& file);

}  // namespace gradus::io
