// Internal: readers of arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace gradus::io {

/// The bytes that elements of `item` bytes take in a row-major array of these extents, read from a
/// file; nothing if the extents that are not zero multiply to more than 2^59 elements.
std::optional<std::uint64_t> bytes_of(std::span<const std::uint64_t> extents, std::size_t item);

}  // namespace gradus::io
