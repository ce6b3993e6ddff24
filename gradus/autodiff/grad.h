#pragma once

#include "gradus/autodiff/vjp.h"
#include "gradus/base/function.h"

namespace gradus {

/// A function of one tensor.
using UnaryFunction = Function<Tensor(const Tensor&)>;

struct ValueAndGrad {
  Tensor value;       ///< 0-d
  Tensors gradients;  ///< one per input, of its shape
};

/// The function that computes f and its gradients. f must return one floating element, and its
/// inputs must be floating; otherwise the returned function throws Error. f may read values, to
/// print them or to decide by them (if (x.item<float>() < 0) ...); but a number it reads is a
/// constant, so that the gradient of what f computes from it instead of from x is zero.
Function<ValueAndGrad(const Tensors&)> value_and_grad(ScalarFunction f);

/// The function that computes the gradients of f. Apply it again for higher orders:
/// grad(grad(f)) for f from one number to one number.
Function<Tensors(const Tensors&)> grad(ScalarFunction f);
UnaryFunction grad(UnaryFunction f);

/// Gradients of a watched value; zeros for variables without influence. Throws Error if `value`
/// does not hold exactly one floating element. For use inside a TraceScope.
Tensors gradients_of(const Tensor& value, std::span<const Tensor> variables);

}  // namespace gradus
