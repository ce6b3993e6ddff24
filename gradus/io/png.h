#pragma once

#include <string>

#include "gradus/core/tensor.h"
#include "gradus/io/file_bytes.h"

namespace gradus::io {

/// Reads a PNG picture: u8 (height, width, channels) with 1 channel (grey), 2 (grey, alpha), 3
/// (red, green, blue) or 4 (with alpha). Palettes become colours; 1, 2 and 4 bits are widened to 8
/// and 16 bits rounded; gamma is not applied. What follows the picture's end is not looked at.
/// Throws Error naming the file and what is wrong with it.
Tensor read_png(const std::string& path);
Tensor parse_png(const FileBytes& file);

/// A PNG file of a picture: u8 (height, width) or (height, width, channels) as read_png gives it.
std::string encode_png(const Tensor& picture);
/// Writes it atomically.
void write_png(const std::string& path, const Tensor& picture);

}  // namespace gradus::io
