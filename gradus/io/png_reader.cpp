#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gradus/core/array.h"
#include "gradus/io/inflate.h"
#include "gradus/io/png.h"

namespace gradus::io {
namespace {

constexpr const char* kReadPng = "read_png";

/// libpng's state for one picture. libpng reports an error by a long jump, which must not pass
/// over C++ objects: each step() below is a frame of plain values that it may leave.
class PngReader {
 public:
  explicit PngReader(const FileBytes& file) : file_(file) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &PngReader::on_error,
                                  &PngReader::on_warning);
    info_ = png_ ? png_create_info_struct(png_) : nullptr;
    if (!info_) throw Error(ErrorCode::out_of_memory, kReadPng, file.name + ": no memory");
    png_set_read_fn(png_, this, &PngReader::on_read);
    // Nothing that is kept in memory beside the picture may be larger than the file.
    png_set_chunk_malloc_max(png_, std::max<std::size_t>(file.size, 1 << 16));
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Reads what comes before the pixels and asks for 8 bits per channel. Returns the shape.
  Shape read_header() {
    if (!step(&PngReader::header_step)) fail();
    const auto height = static_cast<std::int64_t>(png_get_image_height(png_, info_));
    const auto width = static_cast<std::int64_t>(png_get_image_width(png_, info_));
    const Shape shape{height, width, png_get_channels(png_, info_)};
    if (height > 0 && row_bytes_ > file_.size * kMostInflation / static_cast<std::size_t>(height)) {
      throw format_error(kReadPng, file_.name,
                         fmt::format("a picture of {} by {} pixels is more than the file of {} "
                                     "bytes can hold",
                                     width, height, file_.size));
    }
    return shape;
  }

  void read_pixels(std::uint8_t* pixels, const Shape& shape) {
    for (std::int64_t row = 0; row < shape[0]; ++row) {
      rows_.push_back(pixels + row * shape[1] * shape[2]);
    }
    if (!step(&PngReader::pixels_step)) fail();
  }

 private:
  void header_step() {
    png_read_info(png_, info_);
    row_bytes_ = png_get_rowbytes(png_, info_);
    png_set_expand(png_);    // palettes to colours, fewer bits to 8, transparent colours to alpha
    png_set_scale_16(png_);  // rounded, not cut
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
  }
  void pixels_step() {
    png_read_image(png_, rows_.data());
    png_read_end(png_, nullptr);
  }
  bool step(void (PngReader::*body)()) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    (this->*body)();
    return true;
  }

  static PngReader& reader_of(png_structp png) {
    return *static_cast<PngReader*>(png_get_error_ptr(png));
  }
  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    PngReader& reader = reader_of(png);
    std::strncpy(reader.message_, message, sizeof(reader.message_) - 1);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void on_read(png_structp png, png_bytep out, std::size_t count) {
    PngReader& reader = reader_of(png);
    if (count > reader.file_.size - reader.position_) png_error(png, "the file ends too early");
    std::memcpy(out, reader.file_.bytes().data() + reader.position_, count);
    reader.position_ += count;
  }

  [[noreturn]] void fail() const {
    throw format_error(kReadPng, file_.name, fmt::format("byte {}: {}", position_, message_));
  }

  const FileBytes& file_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::vector<png_bytep> rows_;
  std::size_t position_ = 0;
  std::size_t row_bytes_ = 0;  // as they are in the file
  char message_[128] = {};
};

}  // namespace

Tensor parse_png(const FileBytes& file) {
  PngReader reader(file);
  Array picture{.shape = reader.read_header(), .dtype = DType::u8, .strides = {}, .buffer = {}};
  allocate_row_major(picture);
  reader.read_pixels(picture.mutable_data<std::uint8_t>(), picture.shape);
  return Tensor::from_array(std::move(picture));
}

Tensor read_png(const std::string& path) { return parse_png(map_file(kReadPng, path)); }

}  // namespace gradus::io
