#include "gradus/io/read_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/io/inflate.h"
#include "gradus/io/xz.h"

namespace gradus::io {
namespace {

Error too_long(const char* operation, const FileBytes& file, std::uint64_t limit) {
  return Error(ErrorCode::unsupported, operation,
               fmt::format("{}: it holds more than the limit of {} bytes", file.name, limit));
}

/// All that a decompressor gives; memory grows with what came, whatever the file promises.
template <class Decompressor>
std::string read_all(Decompressor&& from, const char* operation, const FileBytes& file,
                     std::uint64_t limit) {
  std::string text;
  for (std::size_t filled = 0;;) {
    text.resize(std::max<std::size_t>(2 * filled, std::max<std::size_t>(4 * file.size, 256)));
    filled += from.read(std::as_writable_bytes(std::span(text)).subspan(filled));
    if (filled > limit) throw too_long(operation, file, limit);
    if (filled < text.size()) {
      text.resize(filled);
      from.expect_end();
      return text;
    }
  }
}

}  // namespace

std::string read_text(const char* operation, const FileBytes& file, std::uint64_t limit) {
  const auto bytes = file.bytes();
  if (is_gzip(bytes)) {
    return read_all(Inflater(operation, file.name, bytes, Inflater::Wrapper::gzip), operation, file,
                    limit);
  }
  if (is_xz(bytes)) return read_all(XzReader(operation, file), operation, file, limit);
  if (bytes.size() > limit) throw too_long(operation, file, limit);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace gradus::io
