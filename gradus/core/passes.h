// Internal: what compile() does to a graph before it plans it.
#pragma once

#include <span>

#include "gradus/core/tensor.h"

namespace gradus {

/// A rewriting of a graph: the same values by other nodes. Placeholders stay what they are.
struct Pass {
  const char* name;
  Tensors (*run)(std::span<const Tensor> outputs);
};

/// In the order in which they run. What no output needs is left out by every walk over a graph, so
/// that dead code needs no pass. Defined in ops/compile_passes.cpp: some passes know operations.
std::span<const Pass> compile_passes();

/// Equal operations over equal inputs become one. Operations are pure: random ones are equal only
/// if their keys are. Constants of a few bytes are equal if their bytes are.
Tensors merge_equal(std::span<const Tensor> outputs);

/// Evaluates what depends on no placeholder.
Tensors fold_constants(std::span<const Tensor> outputs);

}  // namespace gradus
