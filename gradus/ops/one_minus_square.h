// Internal: a factor of derivatives of inverse functions.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kOneMinusSquare;

/// 1 - x^2 as (1 - x)(1 + x), without cancellation near 1. Its derivative is -2x and no sum of two
/// products, so what is infinite at 1 (the second derivative of asin) stays so.
Tensor one_minus_square(const Tensor& x);

}  // namespace gradus
