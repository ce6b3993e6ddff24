#include "gradus/memory/allocation_log.h"

#include <utility>

#include "gradus/memory/allocator.h"

namespace gradus {

/// A block of the allocator that tells a log when it is freed.
class ObservedBlock final : public BufferBlock {
 public:
  static Buffer make(Buffer memory, AllocationLog& log, std::size_t interval) {
    return Buffer(new ObservedBlock(std::move(memory), log, interval));
  }

 private:
  ObservedBlock(Buffer memory, AllocationLog& log, std::size_t interval)
      : BufferBlock(memory.data(), memory.bytes()),
        memory_(std::move(memory)),
        log_(log),
        interval_(interval) {
    free_ = [](BufferBlock* block) {
      auto* observed = static_cast<ObservedBlock*>(block);
      observed->log_.close(observed->interval_);
      delete observed;
    };
  }

  Buffer memory_;
  AllocationLog& log_;
  std::size_t interval_;
};

Buffer AllocationLog::take(std::size_t bytes) {
  const AllocationSourceScope pass_on(nullptr);
  Buffer memory = allocate(bytes);
  intervals_.push_back({bytes, tick(), 0});
  ++open_;
  return ObservedBlock::make(std::move(memory), *this, intervals_.size() - 1);
}

void AllocationLog::close(std::size_t interval) noexcept {
  intervals_[interval].end = tick();
  --open_;
}

}  // namespace gradus
