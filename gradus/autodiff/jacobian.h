#pragma once

#include "gradus/autodiff/grad.h"

namespace gradus {

/// The function that computes the Jacobian of f: x (in...) -> (out..., in...), d f_i / d x_j.
/// Reverse mode, row by row, where f has at most as many outputs as inputs; else forward mode,
/// column by column.
UnaryFunction jacobian(UnaryFunction f);

/// The function that computes the Hessian of f, which returns one element: (in...) -> (in...,
/// in...).
UnaryFunction hessian(UnaryFunction f);

/// The product of the Hessian of f at x with v, of x's shape, without the Hessian.
/// Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian".
Tensor hvp(const UnaryFunction& f, const Tensor& x, const Tensor& v);

}  // namespace gradus
