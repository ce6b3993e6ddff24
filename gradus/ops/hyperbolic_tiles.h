// Internal: the tile functions of hyperbolic functions.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// The rows of the table of hyperbolic_tiles.cpp.
enum class HyperbolicRow : int {
  sinh,
  cosh,
  tanh,
  tanh_gradient,
  asinh,
  acosh,
  atanh,
  count
};
const Tiles* hyperbolic_tiles();

}  // namespace gradus
