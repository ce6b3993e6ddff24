#pragma once

#include <cstddef>
#include <cstdint>

#include "gradus/memory/buffer.h"

namespace gradus {

/// What the allocator of host memory has done so far; sizes in bytes.
struct MemoryStatistics {
  std::size_t in_use = 0;         ///< held by buffers now
  std::size_t peak_in_use = 0;    ///< the largest in_use since the start or reset_peak_memory()
  std::size_t cached = 0;         ///< freed by buffers, kept for reuse
  std::uint64_t allocations = 0;  ///< buffers handed out
  std::uint64_t cache_hits = 0;   ///< of these, from the cache
};

/// A buffer of at least `bytes`, its contents undefined. Throws Error (out_of_memory), after the
/// cache was given back to the system. Thread-safe.
Buffer allocate(std::size_t bytes);

/// As allocate(), for memory that is kept for long: nothing is rounded up to fit the cache, nor
/// kept in it afterwards.
Buffer allocate_exactly(std::size_t bytes);

MemoryStatistics memory_statistics();
void reset_peak_memory();

/// Most bytes that are kept for reuse (at first 512 MiB); excess goes back to the system.
void set_memory_cache_limit(std::size_t bytes);

/// Gives all cached memory back to the system.
void clear_memory_cache();

}  // namespace gradus
