#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "gradus/base/reference_count.h"

namespace gradus {

/// A block of bytes aligned to 64. Made by allocate() or wrapped around foreign memory.
class BufferBlock {
 public:
  std::byte* data() const noexcept { return data_; }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  friend class Buffer;
  friend class CachingAllocator;
  friend class ForeignBlocks;
  friend class ObservedBlock;
  friend class PlacedBlock;
  BufferBlock(std::byte* data, std::size_t bytes) : data_(data), bytes_(bytes) {}

  std::byte* data_;
  std::size_t bytes_;
  ReferenceCount references_;
  std::uint32_t size_class_ = 0;
  void (*free_)(BufferBlock*) = nullptr;
  BufferBlock* next_ = nullptr;  // in a free list
  std::uint64_t freed_at_ = 0;   // the allocator's clock when it went there
};

/// A counted reference to a BufferBlock.
class Buffer {
 public:
  Buffer() noexcept = default;
  /// Takes over a reference that is already counted.
  explicit Buffer(BufferBlock* block) noexcept : block_(block) {}
  Buffer(const Buffer& other) noexcept : block_(other.block_) {
    if (block_) block_->references_.add();
  }
  Buffer(Buffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Buffer() {
    if (block_ && block_->references_.drop()) block_->free_(block_);
  }

  explicit operator bool() const noexcept { return block_ != nullptr; }
  std::byte* data() const noexcept { return block_ ? block_->data_ : nullptr; }
  std::size_t bytes() const noexcept { return block_ ? block_->bytes_ : 0; }
  /// True if this is the only reference, and the memory is the library's own.
  bool exclusive() const noexcept;
  /// How many buffers refer to the block.
  std::uint32_t references() const noexcept { return block_ ? block_->references_.value() : 0; }

 private:
  BufferBlock* block_ = nullptr;
};

/// Wraps memory that somebody else owns; `release(context)` is called when the last reference goes.
/// The memory must stay unchanged until then.
Buffer wrap_foreign(const void* data, std::size_t bytes, void (*release)(void*), void* context);

}  // namespace gradus
