// Internal: the tile functions of circular functions.
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
  atan2,
  hypot,
  count
};
const Tiles* trigonometric_tiles();

}  // namespace gradus
