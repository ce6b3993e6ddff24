#pragma once

#include "gradus/core/op_def.h"

// Elementwise arithmetic with NumPy's broadcasting. Operands of different types are promoted
// (gradus/base/dtype.h); a plain number takes the tensor's type, or f32 if the tensor is an integer
// or boolean one and the number has a fraction.

namespace gradus {

extern const OpDef kAdd, kSubtract, kMultiply, kDivide, kFloorDivide, kRemainder, kPower, kMaximum,
    kMinimum, kHypot, kAtan2, kLogAddExp, kCopySign, kNegative, kAbsolute, kSign, kSquare,
    kReciprocal, kSqrt, kRsqrt, kCbrt;

Tensor add(const Tensor& a, const Tensor& b);
Tensor subtract(const Tensor& a, const Tensor& b);
Tensor multiply(const Tensor& a, const Tensor& b);
/// True division: integers give f32. Division by zero follows IEEE.
Tensor divide(const Tensor& a, const Tensor& b);
/// Quotient rounded towards minus infinity. Integer division by zero gives 0.
Tensor floor_divide(const Tensor& a, const Tensor& b);
/// a - floor_divide(a, b) * b, with the sign of b (NumPy's mod).
Tensor remainder(const Tensor& a, const Tensor& b);
Tensor power(const Tensor& a, const Tensor& b);
/// The larger of two; NaN if either is. The gradient of a tie is shared equally.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);
/// sqrt(a^2 + b^2) without overflow.
Tensor hypot(const Tensor& a, const Tensor& b);
/// The angle of the point (b, a), in radians, in [-pi, pi].
Tensor atan2(const Tensor& a, const Tensor& b);
/// log(exp(a) + exp(b)) without overflow.
Tensor log_add_exp(const Tensor& a, const Tensor& b);
/// |a| with the sign of b.
Tensor copy_sign(const Tensor& a, const Tensor& b);

Tensor negative(const Tensor& x);
Tensor absolute(const Tensor& x);
/// The same. Without it, abs(x) would be taken for that of C.
inline Tensor abs(const Tensor& x) { return absolute(x); }
/// -1, 0 or 1.
Tensor sign(const Tensor& x);
Tensor square(const Tensor& x);
Tensor reciprocal(const Tensor& x);
Tensor sqrt(const Tensor& x);
/// 1 / sqrt(x)
Tensor rsqrt(const Tensor& x);
Tensor cbrt(const Tensor& x);

/// A 0-d tensor of the type that a plain number takes beside `beside`.
Tensor number_like(double value, const Tensor& beside);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
inline Tensor operator+(const Tensor& a, double b) { return add(a, number_like(b, a)); }
inline Tensor operator-(const Tensor& a, double b) { return subtract(a, number_like(b, a)); }
inline Tensor operator*(const Tensor& a, double b) { return multiply(a, number_like(b, a)); }
inline Tensor operator/(const Tensor& a, double b) { return divide(a, number_like(b, a)); }
inline Tensor operator+(double a, const Tensor& b) { return add(number_like(a, b), b); }
inline Tensor operator-(double a, const Tensor& b) { return subtract(number_like(a, b), b); }
inline Tensor operator*(double a, const Tensor& b) { return multiply(number_like(a, b), b); }
inline Tensor operator/(double a, const Tensor& b) { return divide(number_like(a, b), b); }
inline Tensor operator-(const Tensor& x) { return negative(x); }

}  // namespace gradus
