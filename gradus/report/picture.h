#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gradus::report {

/// A small picture, rows from the top: 1 channel (grey) or 3 (red, green, blue), interleaved.
struct Picture {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t channels = 1;
  std::vector<std::uint8_t> pixels = {};  ///< height * width * channels

  bool empty() const noexcept { return pixels.empty(); }
};

/// The picture as a PNG file. Throws Error if the number of pixels does not fit the extents.
std::string encode_png(const Picture& picture);

/// RFC 4648, with padding.
std::string base64(const std::string& bytes);

/// "data:image/png;base64,...", for the src of an <img>.
std::string data_uri(const Picture& picture);

}  // namespace gradus::report
