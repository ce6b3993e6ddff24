#pragma once

#include "gradus/core/op_def.h"

// Functions of probability: inverse error functions, incomplete gamma and beta functions with their
// inverses. Operands broadcast and are f32 or f64 (integers count as f32); computed in f64. Outside
// of their domains they are NaN.

namespace gradus {

extern const OpDef kPolygamma, kErfinv, kErfcinv, kGammainc, kGammaincc, kGammaincinv,
    kGammainccinv, kBetainc, kBetaincinv;
/// Derivatives in the shape parameter a; they have none themselves.
extern const OpDef kGammaincShapeGradient, kBetaincShapeGradient;

/// The derivative of digamma of order `order`; polygamma(0, x) is digamma(x). Throws Error unless
/// order is in [0, 100].
Tensor polygamma(int order, const Tensor& x);
/// The inverse of erf on (-1, 1).
Tensor erfinv(const Tensor& x);
/// The inverse of erfc on (0, 2), right for small x.
Tensor erfcinv(const Tensor& x);
/// P(a, x), the regularised lower incomplete gamma function: the distribution function of the gamma
/// distribution. The second derivative in a is not provided, here and below.
Tensor gammainc(const Tensor& a, const Tensor& x);
/// 1 - P(a, x), right where it is small.
Tensor gammaincc(const Tensor& a, const Tensor& x);
/// The x with P(a, x) = p.
Tensor gammaincinv(const Tensor& a, const Tensor& p);
/// The x with 1 - P(a, x) = q.
Tensor gammainccinv(const Tensor& a, const Tensor& q);
/// I_x(a, b), the regularised incomplete beta function.
Tensor betainc(const Tensor& a, const Tensor& b, const Tensor& x);
/// The x with I_x(a, b) = p.
Tensor betaincinv(const Tensor& a, const Tensor& b, const Tensor& p);

/// log B(a, b)
Tensor log_beta(const Tensor& a, const Tensor& b);
/// x log(y), and 0 where both are 0, with gradients of 0 there.
Tensor x_log_y(const Tensor& x, const Tensor& y);

}  // namespace gradus
