// Internal: what a computation allocates, so that the next one like it can do without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gradus/memory/allocation_source.h"

namespace gradus {

/// A block and the time in which it is in use, in ticks of a clock that stands still in between.
struct Interval {
  std::size_t bytes = 0;
  std::uint64_t start = 0;
  std::uint64_t end = 0;  ///< the first tick at which it is free
};

/// Writes down the allocations that it passes on. Buffers from it must not outlive it.
class AllocationLog final : public AllocationSource {
 public:
  Buffer take(std::size_t bytes) override;
  /// In the order of allocation.
  const std::vector<Interval>& intervals() const { return intervals_; }
  /// How many buffers are in use.
  std::size_t open() const { return open_; }
  std::uint64_t tick() { return ++clock_; }

 private:
  friend class ObservedBlock;
  void close(std::size_t interval) noexcept;

  std::vector<Interval> intervals_;
  std::uint64_t clock_ = 0;
  std::size_t open_ = 0;
};

}  // namespace gradus
