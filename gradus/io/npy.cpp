#include "gradus/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gradus/core/array.h"
#include "gradus/io/atomic_file.h"
#include "gradus/io/extents.h"
#include "gradus/io/npy_header.h"

namespace gradus::io {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

/// Where the header's text lies in the file.
struct HeaderPlace {
  std::size_t begin, size;
};

HeaderPlace find_header(const FileBytes& file) {
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()), file.size);
  if (!bytes.starts_with(kMagic)) {
    throw format_error(kReadNpy, file.name, "byte 0: it does not begin like a .npy file");
  }
  const auto byte = [&](std::size_t i) -> std::size_t {
    if (i >= bytes.size()) {
      throw format_error(kReadNpy, file.name,
                         fmt::format("byte {}: the file ends before its header", bytes.size()));
    }
    return static_cast<unsigned char>(bytes[i]);
  };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3 || byte(7) != 0) {
    throw format_error(kReadNpy, file.name,
                       fmt::format("byte 6: version {}.{} is unknown", version, byte(7)));
  }
  const std::size_t width = version == 1 ? 2 : 4;
  std::size_t size = 0;
  for (std::size_t i = 0; i < width; ++i) size |= byte(8 + i) << (8 * i);
  const HeaderPlace place{8 + width, size};
  if (place.size > bytes.size() - place.begin) {
    throw format_error(kReadNpy, file.name,
                       fmt::format("byte 8: a header of {} bytes ends beyond the file of {} bytes",
                                   place.size, file.size));
  }
  return place;
}

/// Throws Error unless the elements fill the rest of the file.
std::size_t checked_size(const FileBytes& file, const NpyHeader& header, std::size_t begin) {
  const auto bytes = bytes_of(header.extents, header.type.bytes);
  const std::size_t left = file.size - begin;
  if (bytes == left) return left;
  throw format_error(kReadNpy, file.name,
                     fmt::format("byte {}: the shape ({}) takes {} bytes, and there are {}", begin,
                                 fmt::join(header.extents, ", "),
                                 bytes ? fmt::to_string(*bytes) : "too many", left));
}

/// The strides of axes whose first one varies fastest.
Strides column_major(const Shape& shape) {
  Strides strides;
  std::int64_t step = 1;
  for (const std::int64_t extent : shape) {
    strides.push_back(step);
    step *= std::max<std::int64_t>(extent, 1);
  }
  return strides;
}

}  // namespace

Tensor parse_npy(const FileBytes& file) {
  const HeaderPlace place = find_header(file);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()) + place.begin,
                              place.size);
  const NpyHeader header = parse_npy_header(file.name, text, place.begin);
  const std::size_t begin = place.begin + place.size;
  const std::size_t size = checked_size(file, header, begin);
  const DType dtype = *holder_of(header.type);
  if (dtype == DType::boolean) check_booleans(kReadNpy, file, begin, size);
  const Shape shape(Dims(header.extents.begin(), header.extents.end()));
  Tensor elements;
  if (is_native(header.type)) {
    elements = tensor_over(file, begin, shape, dtype);
  } else {
    Array array{.shape = shape, .dtype = dtype, .strides = {}, .buffer = {}};
    allocate_row_major(array);
    decode_elements(header.type, file.bytes().subspan(begin, size), array.mutable_bytes());
    elements = Tensor::from_array(std::move(array));
  }
  if (!header.fortran_order) return elements;
  Array array = elements.array();
  array.strides = column_major(shape);
  return Tensor::from_array(std::move(array));
}

Tensor read_npy(const std::string& path) { return parse_npy(map_file(kReadNpy, path)); }

void write_npy(const std::string& path, const Tensor& tensor) {
  const std::string preamble = npy_preamble("write_npy", path, tensor);
  tensor.eval();
  AtomicFile file("write_npy", path);
  file.write(std::string_view(preamble));
  file.write(tensor.bytes());
  file.commit();
}

}  // namespace gradus::io
