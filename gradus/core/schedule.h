// Internal: the order in which a compiled function computes.
#pragma once

#include <cstddef>
#include <vector>

#include "gradus/core/node.h"
#include "gradus/core/traced_graph.h"

namespace gradus {

struct Schedule {
  std::vector<Node*> order;  ///< inputs before what is made of them
  std::size_t results = 0;   ///< the first so many nodes are all that the results need
};

/// The nodes behind the results, then those behind the updates, in the order in which an evaluation
/// meets them; but what frees at least as much memory as it takes runs as soon as it can. Results
/// come first so that a fault in the data (a label out of range) shows before any state has
/// changed.
Schedule schedule(const TracedGraph& graph);

}  // namespace gradus
