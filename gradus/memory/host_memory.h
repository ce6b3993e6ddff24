// Internal: how much memory there is.
#pragma once

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

/// As host_memory(), without RLIMIT_AS, from the /proc and /sys below `root`.
HostMemory host_memory_below(const std::string& root);

}  // namespace gradus
