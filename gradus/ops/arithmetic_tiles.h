// Internal: the tile functions of arithmetic.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// The rows of the table of arithmetic_tiles.cpp.
enum class ArithmeticRow : int {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  remainder,
  maximum,
  minimum,
  copy_sign,
  negative,
  absolute,
  sign,
  square,
  reciprocal,
  sqrt,
  rsqrt,
  one_minus_square,
  count
};
const Tiles* arithmetic_tiles();

}  // namespace gradus
