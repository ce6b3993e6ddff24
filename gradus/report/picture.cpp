#include "gradus/report/picture.h"

#include <fmt/format.h>
#include <png.h>

#include "gradus/base/error.h"

namespace gradus::report {
namespace {

constexpr std::int64_t kLargestExtent = 16384;

void check(const Picture& picture) {
  const auto in_range = [](std::int64_t extent) { return extent >= 1 && extent <= kLargestExtent; };
  if (!in_range(picture.width) || !in_range(picture.height)) {
    throw Error(ErrorCode::invalid_argument, "encode_png",
                fmt::format("a picture has 1 to {} pixels a side, not width {} and height {}",
                            kLargestExtent, picture.width, picture.height));
  }
  if (picture.channels != 1 && picture.channels != 3) {
    throw Error(ErrorCode::invalid_argument, "encode_png",
                fmt::format("a picture has 1 or 3 channels, not {}", picture.channels));
  }
  const auto wanted = picture.width * picture.height * picture.channels;
  if (static_cast<std::int64_t>(picture.pixels.size()) != wanted) {
    throw Error(ErrorCode::invalid_argument, "encode_png",
                fmt::format("{} x {} pixels of {} channels take {} bytes, not {}", picture.width,
                            picture.height, picture.channels, wanted, picture.pixels.size()));
  }
}

}  // namespace

std::string encode_png(const Picture& picture) {
  check(picture);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.pixels.data(), 0,
                                 nullptr)) {
    throw Error(ErrorCode::internal, "encode_png", image.message);
  }
  bytes.resize(size);
  return bytes;
}

std::string base64(const std::string& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      word = word << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= count ? kDigits[word >> (18 - 6 * j) & 63u] : '=';
    }
  }
  return text;
}

std::string data_uri(const Picture& picture) {
  return "data:image/png;base64," + base64(encode_png(picture));
}

}  // namespace gradus::report
