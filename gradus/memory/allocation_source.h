// Internal: memory that was planned ahead takes the place of the allocator.
#pragma once

#include <cstddef>

#include "gradus/memory/buffer.h"

namespace gradus {

/// Is asked for memory before the allocator.
class AllocationSource {
 public:
  virtual ~AllocationSource() = default;
  /// A buffer of `bytes`, or an empty one: then the allocator provides it.
  virtual Buffer take(std::size_t bytes) = 0;
};

/// While it lives, allocate() on this thread asks `source` first (nullptr: nobody). Not within a
/// parallel_for that runs on several threads: which of them allocates what is left to chance.
class AllocationSourceScope {
 public:
  explicit AllocationSourceScope(AllocationSource* source) noexcept;
  ~AllocationSourceScope();
  AllocationSourceScope(const AllocationSourceScope&) = delete;
  AllocationSourceScope& operator=(const AllocationSourceScope&) = delete;

 private:
  AllocationSource* before_;
};

}  // namespace gradus
