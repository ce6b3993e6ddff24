// Internal: places in one arena for blocks whose times of use are known.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "gradus/memory/allocation_log.h"

namespace gradus {

struct Packing {
  std::vector<std::size_t> offsets;  ///< one per interval, multiples of 64
  std::size_t bytes = 0;             ///< of the arena
};

/// Places such that no two blocks overlap in both time and memory. In the order of their starts,
/// each takes the smallest gap that holds it (best fit), and the arena grows where there is none.
Packing pack_intervals(std::span<const Interval> intervals);

}  // namespace gradus
