#pragma once

#include "gradus/core/op_def.h"

// Elementwise functions of hidden units, stable over the whole range.

namespace gradus {

extern const OpDef kRelu, kSigmoid, kSoftplus, kSilu, kGelu, kLeakyRelu, kElu;
/// Their gradients, each in one pass: of the incoming gradient, and of the output (sigmoid) or
/// input.
extern const OpDef kReluGradient, kSigmoidGradient, kSiluGradient, kGeluGradient,
    kLeakyReluGradient, kEluGradient;

/// max(x, 0); NaN stays NaN. Its derivative at 0 is 0.
Tensor relu(const Tensor& x);
/// 1 / (1 + exp(-x))
Tensor sigmoid(const Tensor& x);
/// log(1 + exp(x))
Tensor softplus(const Tensor& x);
/// x * sigmoid(x)
Tensor silu(const Tensor& x);
/// x * Phi(x), Phi the normal distribution function by erf (not the tanh approximation).
Tensor gelu(const Tensor& x);
/// x where x > 0, else slope * x.
Tensor leaky_relu(const Tensor& x, double slope = 0.01);
/// x where x > 0, else alpha * (exp(x) - 1).
Tensor elu(const Tensor& x, double alpha = 1);

}  // namespace gradus
