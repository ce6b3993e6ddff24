#include <fmt/format.h>
#include <png.h>

#include <cstdint>

#include "gradus/base/error.h"
#include "gradus/io/atomic_file.h"
#include "gradus/io/png.h"

namespace gradus::io {

std::string encode_png(const Tensor& picture) {
  constexpr png_uint_32 kFormats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB,
                                      PNG_FORMAT_RGBA};
  const bool is_picture =
      picture.defined() && picture.dtype() == DType::u8 &&
      (picture.rank() == 2 ||
       (picture.rank() == 3 && picture.shape()[2] >= 1 && picture.shape()[2] <= 4)) &&
      picture.size() > 0 && picture.shape()[0] < INT32_MAX && picture.shape()[1] < INT32_MAX;
  if (!is_picture) {
    throw Error(ErrorCode::shape, "encode_png",
                fmt::format("takes u8 (height, width) or (height, width, 1 to 4 channels), not {}",
                            picture.signature()));
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.height = static_cast<png_uint_32>(picture.shape()[0]);
  image.width = static_cast<png_uint_32>(picture.shape()[1]);
  image.format = kFormats[picture.rank() == 2 ? 0 : picture.shape()[2] - 1];
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0,
                                 picture.data<std::uint8_t>().data(), 0, nullptr)) {
    throw Error(ErrorCode::unsupported, "encode_png",
                fmt::format("{}: {}", picture.signature(), image.message));
  }
  bytes.resize(size);
  return bytes;
}

void write_png(const std::string& path, const Tensor& picture) {
  write_file("write_png", path, encode_png(picture));
}

}  // namespace gradus::io
