// Internal: blocks of memory that was planned ahead.
#pragma once

#include "gradus/memory/buffer.h"

namespace gradus {

/// A block of somebody else's memory, whose place may change while buffers refer to it. The owner
/// outlives these buffers.
class PlacedBlock : public BufferBlock {
 public:
  explicit PlacedBlock(std::size_t bytes) noexcept;
  void place(const std::byte* data) noexcept { data_ = const_cast<std::byte*>(data); }
  /// A counted reference. The block itself holds one more, so that it is never freed.
  Buffer buffer() noexcept;
};

}  // namespace gradus
