// Internal: how much memory there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace gradus {

/// Bytes; the largest number where the system does not say.
struct HostMemory {
  std::uint64_t total = std::numeric_limits<std::uint64_t>::max();
  /// What this process can still get before somebody is killed for it: free memory and swap, and
  /// what files only cache.
  std::uint64_t available = std::numeric_limits<std::uint64_t>::max();
};

/// The machine's memory, within the limits of this process (control groups, RLIMIT_AS). Read anew
/// at each call, which takes about 0.1 ms.
HostMemory host_memory();

/// Pages of this size, where the system has them, spare most misses of the processor's page tables.
inline constexpr std::size_t kLargePage = std::size_t{2} << 20;

/// Asks the system for large pages where they fit whole between `memory` and `memory + bytes`. It
/// may refuse; nothing but speed depends on it.
void prefer_large_pages(void* memory, std::size_t bytes);

/// Gives memory that was freed, but that the C library keeps, back to the system.
void return_free_memory();

/// As host_memory(), without RLIMIT_AS, from the /proc and /sys below `root`.
HostMemory host_memory_below(const std::string& root);

}  // namespace gradus
