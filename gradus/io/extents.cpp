#include "gradus/io/extents.h"

namespace gradus::io {

std::optional<std::uint64_t> bytes_of(std::span<const std::uint64_t> extents, std::size_t item) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 59;  // times 8 bytes, still below 2^63
  std::uint64_t elements = 1;
  bool empty = false;
  for (const std::uint64_t extent : extents) {
    if (extent == 0) {
      empty = true;
    } else if (elements > kLimit / extent) {
      return std::nullopt;
    } else {
      elements *= extent;
    }
  }
  return empty ? 0 : elements * item;
}

}  // namespace gradus::io
