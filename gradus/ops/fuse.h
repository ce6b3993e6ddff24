#pragma once

#include <span>

#include "gradus/core/tensor.h"

namespace gradus {

/// The same values by fewer operations: elementwise operations of one shape that depend on each
/// other, and a reduction over the last axes behind them, become one pass over memory. Evaluates
/// nothing; the bits of every value stay what they are (a NaN stays one, with any sign), and
/// derivatives may be taken through the result. Tensors that are evaluated or that no elementwise operation is behind come back as they
/// are.
Tensors fuse(std::span<const Tensor> outputs);

}  // namespace gradus
