// Internal: the tile functions of exponentials, logarithms and powers.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// The rows of the table of exponential_tiles.cpp.
enum class ExponentialRow : int {
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  power,
  log_add_exp,
  cbrt,
  count
};
const Tiles* exponential_tiles();

}  // namespace gradus
