#pragma once

#include "gradus/autodiff/vjp.h"

namespace gradus {

/// A function with the values and derivatives of f that keeps none of f's intermediate results:
/// they are computed again when a derivative asks for them. f must be a function of its inputs and
/// of what it captured (parameters it captured get their gradients as usual), and is called several
/// times. Source: Chen, Xu, Zhang and Guestrin 2016, "Training deep nets with sublinear memory
/// cost".
TensorFunction checkpoint(TensorFunction f);

}  // namespace gradus
