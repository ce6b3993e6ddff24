#include "gradus/memory/allocator.h"

#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include "gradus/base/bytes_text.h"
#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/base/single_thread.h"
#include "gradus/memory/allocation_source.h"
#include "gradus/memory/host_memory.h"

namespace gradus {
namespace {

thread_local AllocationSource* current_source = nullptr;

/// Holds a mutex, if there are others to keep out. Nothing under it starts a thread.
class Guard {
 public:
  explicit Guard(std::mutex& mutex) : mutex_(is_single_threaded() ? nullptr : &mutex) {
    if (mutex_) mutex_->lock();
  }
  ~Guard() {
    if (mutex_) mutex_->unlock();
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  std::mutex* mutex_;
};

}  // namespace

/// Keeps freed blocks in lists by size class: four classes for each power of two, so that a block
/// wastes less than a quarter of its size. A request is served from its own class or the few above
/// it, always with less than twice the bytes asked for. Blocks that nobody asked for during
/// kMaximalAge allocations go back to the system.
class CachingAllocator {
 public:
  static CachingAllocator& instance() {
    static auto* allocator = new CachingAllocator;  // outlives every static tensor
    return *allocator;
  }

  Buffer allocate(std::size_t bytes) {
    const std::uint32_t wanted = class_of(bytes);
    if (wanted >= kClasses) throw_out_of_memory(bytes);
    {
      const Guard guard(mutex_);
      ++clock_;
      if (clock_ % kTrimInterval == 0) trim_old();
      for (std::uint32_t c = wanted; c < kClasses && c <= wanted + kBestFit; ++c) {
        if (BufferBlock* block = free_[c]) {
          free_[c] = block->next_;
          statistics_.cached -= class_bytes(c);
          ++statistics_.cache_hits;
          return hand_out(block, bytes, class_bytes(c));
        }
      }
    }
    BufferBlock* block = create(class_bytes(wanted), wanted);
    if (!block) {
      clear();
      block = create(class_bytes(wanted), wanted);
      if (!block) throw_out_of_memory(bytes);
    }
    const Guard guard(mutex_);
    return hand_out(block, bytes, class_bytes(wanted));
  }

  /// A block that is as large as was asked for, and goes back to the system when it is freed.
  Buffer allocate_exactly(std::size_t bytes) {
    BufferBlock* block = create(bytes, kExact);
    if (!block) {
      clear();
      block = create(bytes, kExact);
      if (!block) throw_out_of_memory(bytes);
    }
    const Guard guard(mutex_);
    return hand_out(block, bytes, bytes);
  }

  MemoryStatistics statistics() {
    const Guard guard(mutex_);
    return statistics_;
  }
  void reset_peak() {
    const Guard guard(mutex_);
    statistics_.peak_in_use = statistics_.in_use;
  }
  void set_limit(std::size_t bytes) {
    const Guard guard(mutex_);
    limit_ = bytes;
    for (std::uint32_t c = kClasses; c-- > 0 && statistics_.cached > limit_;) {
      while (free_[c] && statistics_.cached > limit_) drop_first(c);
    }
  }
  void clear() {
    {
      const Guard guard(mutex_);
      for (std::uint32_t c = 0; c < kClasses; ++c) {
        while (free_[c]) drop_first(c);
      }
    }
    return_free_memory();
  }

 private:
  static constexpr std::uint32_t kClasses = 4 * 40;  // up to 2^45 bytes
  static constexpr std::uint32_t kExact = kClasses;  // of no class
  static constexpr std::uint32_t kBestFit = 2;       // 1.25 * 1.2 * 1.17 < 2
  static constexpr std::uint64_t kTrimInterval = 4096;
  static constexpr std::uint64_t kMaximalAge = 16384;
  static constexpr std::size_t kWorthAsking = std::size_t{256} << 20;
  static constexpr std::size_t kAlignment = 64;
  static constexpr std::size_t kHeader = 64;
  static_assert(sizeof(BufferBlock) <= kHeader);

  /// Class 4k+j holds 64 * 2^k * (1 + j/4) bytes.
  static std::uint32_t class_of(std::size_t bytes) {
    if (bytes <= kAlignment) return 0;
    const std::size_t units = (bytes + 15) / 16;  // at least 5
    const auto power = static_cast<std::uint32_t>(std::bit_width(units - 1)) - 3;
    const std::size_t quarter = (units - 1) >> power;  // 4 ... 7
    return 4 * power + static_cast<std::uint32_t>(quarter - 4) + 1;
  }
  static std::size_t class_bytes(std::uint32_t c) {
    return (std::size_t{16} * (4 + c % 4)) << (c / 4);
  }

  /// Linux promises memory that it does not have, and kills who uses it.
  static bool is_there(std::size_t bytes) {
    return bytes < kWorthAsking || bytes <= host_memory().available;
  }

  static BufferBlock* create(std::size_t size, std::uint32_t c) {
    const std::size_t bytes = kHeader + size;
    if (!is_there(bytes)) return nullptr;
    const bool large = bytes >= kLargePage;
    const std::size_t alignment = large ? kLargePage : kAlignment;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (!memory) return nullptr;
    if (large) prefer_large_pages(memory, bytes);
    auto* block = new (memory) BufferBlock(static_cast<std::byte*>(memory) + kHeader, 0);
    block->size_class_ = c;
    block->free_ = [](BufferBlock* b) { instance().take_back(b); };
    return block;
  }

  Buffer hand_out(BufferBlock* block, std::size_t bytes, std::size_t held) {
    block->bytes_ = bytes;
    block->references_.reset();
    ++statistics_.allocations;
    statistics_.in_use += held;
    if (statistics_.in_use > statistics_.peak_in_use) statistics_.peak_in_use = statistics_.in_use;
    return Buffer(block);
  }

  void take_back(BufferBlock* block) {
    const Guard guard(mutex_);
    const bool exact = block->size_class_ == kExact;
    const std::size_t held = exact ? block->bytes_ : class_bytes(block->size_class_);
    statistics_.in_use -= held;
    if (exact || statistics_.cached + held > limit_) {
      std::free(block);
      return;
    }
    block->freed_at_ = clock_;
    block->next_ = free_[block->size_class_];
    free_[block->size_class_] = block;
    statistics_.cached += held;
  }

  void drop_first(std::uint32_t c) {
    BufferBlock* block = free_[c];
    free_[c] = block->next_;
    statistics_.cached -= class_bytes(c);
    std::free(block);
  }

  /// Lists are last in, first out, so the oldest blocks are at their ends.
  void trim_old() {
    for (std::uint32_t c = 0; c < kClasses; ++c) {
      BufferBlock** link = &free_[c];
      while (*link && clock_ - (*link)->freed_at_ <= kMaximalAge) link = &(*link)->next_;
      while (BufferBlock* block = *link) {
        *link = block->next_;
        statistics_.cached -= class_bytes(c);
        std::free(block);
      }
    }
  }

  [[noreturn]] static void throw_out_of_memory(std::size_t bytes) {
    throw Error(ErrorCode::out_of_memory, "allocate",
                "no memory for " + std::to_string(bytes) + " bytes (" + bytes_text(bytes) + "); " +
                    bytes_text(host_memory().available) + " are available");
  }

  std::mutex mutex_;
  BufferBlock* free_[kClasses] = {};
  MemoryStatistics statistics_;
  std::size_t limit_ = std::size_t{512} << 20;
  std::uint64_t clock_ = 0;
};

AllocationSourceScope::AllocationSourceScope(AllocationSource* source) noexcept
    : before_(std::exchange(current_source, source)) {}

AllocationSourceScope::~AllocationSourceScope() { current_source = before_; }

Buffer allocate(std::size_t bytes) {
  if (current_source && !in_parallel()) {
    if (Buffer planned = current_source->take(bytes)) return planned;
  }
  return CachingAllocator::instance().allocate(bytes);
}
Buffer allocate_exactly(std::size_t bytes) {
  return CachingAllocator::instance().allocate_exactly(bytes);
}

MemoryStatistics memory_statistics() { return CachingAllocator::instance().statistics(); }
void reset_peak_memory() { CachingAllocator::instance().reset_peak(); }
void set_memory_cache_limit(std::size_t bytes) { CachingAllocator::instance().set_limit(bytes); }
void clear_memory_cache() { CachingAllocator::instance().clear(); }

}  // namespace gradus
