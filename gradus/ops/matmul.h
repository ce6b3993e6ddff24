#pragma once

#include <string>

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kMatmul, kLinear, kLinearGradient;

/// Matrix product, NumPy's rules: (..., m, k) x (..., k, n) -> (..., m, n), leading axes broadcast,
/// 1-D operands as a row and a column. Transposed operands are read in place.
Tensor matmul(const Tensor& a, const Tensor& b);
/// x weight^T + bias: (..., in) x (out, in) + (out) -> (..., out). An undefined bias is left out.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});
/// 1-D dot product.
Tensor dot(const Tensor& a, const Tensor& b);
/// (m) x (n) -> (m, n)
Tensor outer(const Tensor& a, const Tensor& b);
/// Einstein summation, "ij,jk->ik", by transposition and matmul. A letter twice in one operand means
/// its diagonal; without "->" the result has the letters that appear once, in alphabetical order.
/// No ellipsis. Operands are contracted from left to right.
Tensor einsum(const std::string& equation, const Tensors& operands);

}  // namespace gradus
