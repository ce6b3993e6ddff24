// Internal: a function as compile() sees it.
#pragma once

#include "gradus/core/tensor.h"

namespace gradus {

/// The graph between the placeholders of a function's arguments and its outputs.
struct TracedGraph {
  Tensors inputs;   ///< placeholders
  Tensors states;   ///< placeholders
  Tensors results;  ///< what the function returned
  Tensors updates;  ///< the new value of each state; its placeholder if it stays as it is
};

}  // namespace gradus
