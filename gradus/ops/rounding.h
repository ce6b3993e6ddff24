#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kFloor, kCeil, kRound, kTruncate;

Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
/// To the nearest integer, halves to even (NumPy's rint).
Tensor round(const Tensor& x);
/// Towards zero.
Tensor truncate(const Tensor& x);

}  // namespace gradus
