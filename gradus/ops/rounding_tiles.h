// Internal: the tile functions of rounding.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// The rows of the table of rounding_tiles.cpp.
enum class RoundingRow : int {
  floor,
  ceil,
  round,
  truncate,
  count
};
const Tiles* rounding_tiles();

}  // namespace gradus
