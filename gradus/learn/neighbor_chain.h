// Internal: the merges of hierarchical clustering.
#pragma once

#include <cstdint>
#include <vector>

#include "gradus/learn/hierarchical.h"

namespace gradus::learn {

struct Merge {
  std::int64_t first, second;  // examples that stand for their clusters
  double distance;
};

/// All merges, in no order but that of the chain. x: (examples, features).
std::vector<Merge> neighbor_chain(const Tensor& x, HierarchicalOptions::Linkage linkage);

}  // namespace gradus::learn
