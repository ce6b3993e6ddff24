#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kGram;

/// x^T x, of which only one triangle is computed. (..., m, n) -> (..., n, n)
Tensor gram(const Tensor& x);

}  // namespace gradus
