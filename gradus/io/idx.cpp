#include "gradus/io/idx.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "gradus/core/array.h"
#include "gradus/io/extents.h"
#include "gradus/io/inflate.h"
#include "gradus/io/stored_type.h"

namespace gradus::io {
namespace {

constexpr const char* kReadIdx = "read_idx";

/// The file's bytes in order, decompressed where need be.
class Source {
 public:
  explicit Source(const FileBytes& file) : file_(file) {
    if (is_gzip(file.bytes())) {
      inflater_.emplace(kReadIdx, file.name, file.bytes(), Inflater::Wrapper::gzip);
    }
  }

  void read(std::span<std::byte> out, const char* what) {
    std::size_t count = 0;
    if (inflater_) {
      count = inflater_->read(out);
    } else {
      count = std::min(out.size(), file_.size - position_);
      if (count > 0) std::memcpy(out.data(), file_.bytes().data() + position_, count);
    }
    position_ += count;
    if (count < out.size()) {
      throw format_error(
          kReadIdx, file_.name,
          fmt::format("byte {}{}: the file ends {} bytes before the end of {}", position_,
                      inflater_ ? " (decompressed)" : "", out.size() - count, what));
    }
  }

  /// The most bytes that can still come.
  std::uint64_t most_left() const {
    return inflater_ ? file_.size * kMostInflation : file_.size - position_;
  }

  void expect_end() {
    if (inflater_) return inflater_->expect_end();
    if (position_ == file_.size) return;
    throw format_error(
        kReadIdx, file_.name,
        fmt::format("byte {}: {} bytes follow the data", position_, file_.size - position_));
  }

 private:
  const FileBytes& file_;
  std::optional<Inflater> inflater_;
  std::size_t position_ = 0;
};

StoredType type_of(const FileBytes& file, std::span<const std::byte, 4> magic) {
  using Kind = StoredType::Kind;
  const auto byte = [&](std::size_t i) { return std::to_integer<int>(magic[i]); };
  if (byte(0) == 0 && byte(1) == 0 && byte(3) > 0) {
    switch (byte(2)) {
      case 0x08:
        return {Kind::unsigned_integer, 1, true};
      case 0x09:
        return {Kind::signed_integer, 1, true};
      case 0x0b:
        return {Kind::signed_integer, 2, true};
      case 0x0c:
        return {Kind::signed_integer, 4, true};
      case 0x0d:
        return {Kind::floating, 4, true};
      case 0x0e:
        return {Kind::floating, 8, true};
      default:
        break;
    }
  }
  throw format_error(
      kReadIdx, file.name,
      fmt::format("byte 0: {:02x} {:02x} {:02x} {:02x} is not the magic number of an "
                  "IDX file",
                  byte(0), byte(1), byte(2), byte(3)));
}

std::vector<std::uint64_t> read_extents(Source& source, std::size_t rank) {
  std::vector<std::byte> bytes(4 * rank);
  source.read(bytes, "the header");
  std::vector<std::uint64_t> extents(rank);
  decode_elements({StoredType::Kind::unsigned_integer, 4, true}, bytes,
                  reinterpret_cast<std::byte*>(extents.data()));
  return extents;
}

/// The bytes of the elements; throws Error where the file cannot hold as many.
std::uint64_t checked_size(const FileBytes& file, const Source& source,
                           const std::vector<std::uint64_t>& extents, std::size_t item) {
  const auto bytes = bytes_of(extents, item);
  if (!bytes || *bytes > source.most_left()) {
    throw format_error(
        kReadIdx, file.name,
        fmt::format("byte 4: its header gives the shape [{}], which is more than the "
                    "file of {} bytes can hold",
                    fmt::join(extents, ", "), file.size));
  }
  return *bytes;
}

}  // namespace

Tensor parse_idx(const FileBytes& file) {
  Source source(file);
  std::array<std::byte, 4> magic{};
  source.read(magic, "the header");
  const StoredType stored = type_of(file, magic);
  const auto extents = read_extents(source, std::to_integer<std::size_t>(magic[3]));
  const std::uint64_t size = checked_size(file, source, extents, stored.bytes);
  Array array{.shape = Shape(Dims(extents.begin(), extents.end())),
              .dtype = *holder_of(stored),
              .strides = {},
              .buffer = {}};
  allocate_row_major(array);
  if (size_of(array.dtype) == stored.bytes) {
    const std::span<std::byte> data(array.mutable_bytes(), size);
    source.read(data, "the data");
    decode_elements(stored, data, data.data());
  } else {
    std::vector<std::byte> data(size);
    source.read(data, "the data");
    decode_elements(stored, data, array.mutable_bytes());
  }
  source.expect_end();
  return Tensor::from_array(std::move(array));
}

Tensor read_idx(const std::string& path) { return parse_idx(map_file(kReadIdx, path)); }

}  // namespace gradus::io
