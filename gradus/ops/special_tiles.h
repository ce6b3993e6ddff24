// Internal: the tile functions of the error and gamma functions.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// The rows of the table of special_tiles.cpp.
enum class SpecialRow : int {
  erf,
  erfc,
  lgamma,
  digamma,
  count
};
const Tiles* special_tiles();

}  // namespace gradus
