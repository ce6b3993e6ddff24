#pragma once

#include "gradus/core/op_def.h"

// Elementwise transcendental functions. Integers and booleans are computed in f32.

namespace gradus {

extern const OpDef kExp, kExp2, kExpm1, kLog, kLog2, kLog10, kLog1p, kSin, kCos, kTan, kAsin, kAcos,
    kAtan, kSinh, kCosh, kTanh, kAsinh, kAcosh, kAtanh, kErf, kErfc, kLgamma, kDigamma;
/// The gradient of tanh in one pass: of the incoming gradient and the output.
extern const OpDef kTanhGradient;

Tensor exp(const Tensor& x);
Tensor exp2(const Tensor& x);
/// exp(x) - 1, right for small x.
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
/// log(1 + x), right for small x.
Tensor log1p(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
Tensor atan(const Tensor& x);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor asinh(const Tensor& x);
Tensor acosh(const Tensor& x);
Tensor atanh(const Tensor& x);
/// The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x.
Tensor erf(const Tensor& x);
Tensor erfc(const Tensor& x);
/// log |Gamma(x)|
Tensor lgamma(const Tensor& x);
/// The derivative of lgamma.
Tensor digamma(const Tensor& x);

}  // namespace gradus
