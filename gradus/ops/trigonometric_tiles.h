// Internal: the tile functions of circular and hyperbolic functions.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// The rows of the table of trigonometric_tiles.cpp.
enum class TrigonometricRow : int {
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  tanh_gradient,
  asinh,
  acosh,
  atanh,
  atan2,
  hypot,
  count
};
const Tiles* trigonometric_tiles();

}  // namespace gradus
