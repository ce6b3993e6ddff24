#pragma once

#include "gradus/core/op_def.h"

// Elementwise comparisons and logic with broadcasting; results are bool tensors. Any comparison
// with NaN is false, except not_equal.

namespace gradus {

extern const OpDef kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIsNan,
    kIsInfinite, kIsFinite, kLogicalAnd, kLogicalOr, kLogicalXor, kLogicalNot, kSignBit;

Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
Tensor is_nan(const Tensor& x);
Tensor is_infinite(const Tensor& x);
Tensor is_finite(const Tensor& x);
Tensor sign_bit(const Tensor& x);
/// Non-zero elements count as true.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);

}  // namespace gradus
