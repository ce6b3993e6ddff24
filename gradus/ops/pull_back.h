#pragma once

#include <span>

#include "gradus/core/op_def.h"

namespace gradus {

/// Gradients of `outputs` with respect to `variables`, given the gradients of the outputs: one walk
/// over the graph between them. The building block of the transforms: the graph must still be
/// there, so this is for use inside a TraceScope whose tracers the variables are. A variable
/// without influence gets an undefined tensor.
Tensors pull_back(std::span<const Tensor> outputs, std::span<const Tensor> gradients,
                  std::span<const Tensor> variables);

/// What an operation computes, made of other operations.
using Composition = Tensors (*)(const Tensors& inputs, const Attributes& attributes);
/// The derivative rule of an operation by its composition.
Inputs pull_back_through(Composition compose, const VjpContext& context);

}  // namespace gradus
