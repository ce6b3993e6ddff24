#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kWhere, kCast;

/// `a` where `condition` is true, else `b`; all three broadcast.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
/// min(max(x, low), high); NaN stays NaN.
Tensor clip(const Tensor& x, double low, double high);
Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high);
/// Converts the element type. Floating to integer truncates towards zero and saturates; NaN becomes
/// 0.
Tensor cast(const Tensor& x, DType dtype);
/// A value that derivatives do not pass.
Tensor stop_gradient(const Tensor& x);
extern const OpDef kStopGradient;

}  // namespace gradus
