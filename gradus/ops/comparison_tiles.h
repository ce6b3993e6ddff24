// Internal: the tile functions of comparisons, logic and selection.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// The rows of the table of comparison_tiles.cpp.
enum class ComparisonRow : int {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  is_nan,
  is_infinite,
  is_finite,
  sign_bit,
  logical_and,
  logical_or,
  logical_xor,
  logical_not,
  where,
  count
};
const Tiles* comparison_tiles();

}  // namespace gradus
