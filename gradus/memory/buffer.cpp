#include "gradus/memory/buffer.h"

#include "gradus/memory/placed_block.h"

namespace gradus {

/// Blocks whose memory came from outside.
class ForeignBlocks {
 public:
  static BufferBlock* make(const void* data, std::size_t bytes, void (*release)(void*),
                           void* context) {
    // The block is never written through: exclusive() is false for it.
    return new Foreign(const_cast<std::byte*>(static_cast<const std::byte*>(data)), bytes, release,
                       context);
  }
  static void free(BufferBlock* block) {
    auto* foreign = static_cast<Foreign*>(block);
    if (foreign->release) foreign->release(foreign->context);
    delete foreign;
  }

 private:
  struct Foreign : BufferBlock {
    Foreign(std::byte* memory, std::size_t size, void (*callback)(void*), void* argument)
        : BufferBlock(memory, size), release(callback), context(argument) {
      free_ = &ForeignBlocks::free;
    }
    void (*release)(void*);
    void* context;
  };
};

bool Buffer::exclusive() const noexcept {
  return block_ && block_->references_.value() == 1 && block_->free_ != &ForeignBlocks::free;
}

PlacedBlock::PlacedBlock(std::size_t bytes) noexcept : BufferBlock(nullptr, bytes) {
  free_ = [](BufferBlock*) {};
}

Buffer PlacedBlock::buffer() noexcept {
  references_.add();
  return Buffer(this);
}

Buffer wrap_foreign(const void* data, std::size_t bytes, void (*release)(void*), void* context) {
  return Buffer(ForeignBlocks::make(data, bytes, release, context));
}

}  // namespace gradus
