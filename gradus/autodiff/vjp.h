#pragma once

#include "gradus/base/function.h"
#include "gradus/core/tensor.h"
#include "gradus/ops/pull_back.h"

namespace gradus {

/// A function of several tensors with several results.
using TensorFunction = Function<Tensors(const Tensors&)>;
/// A function of several tensors with one result.
using ScalarFunction = Function<Tensor(const Tensors&)>;

/// The result of a function and the map from gradients of its outputs to gradients of its inputs.
struct Vjp {
  Tensors outputs;
  /// Takes one gradient per output (undefined counts as zero); returns one per input, zeros where
  /// an input has no influence. May be called several times.
  Function<Tensors(const Tensors&)> pullback;
};

/// Evaluates f at `inputs` and prepares its vector-Jacobian products (reverse mode).
/// Throws Error if an operation on the way has no derivative, when the pullback reaches it.
Vjp vjp(const TensorFunction& f, const Tensors& inputs);

}  // namespace gradus
