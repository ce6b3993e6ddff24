#pragma once

#include <type_traits>

#include "gradus/nn/module.h"

namespace gradus::nn {

/// One gradient per parameter, in the order of parameters(model).
using Gradients = Tensors;

struct LossAndGradients {
  Tensor loss;  ///< 0-d
  Gradients gradients;
};

namespace internal {
LossAndGradients value_and_grad(Module& model, Tensor (*loss)(void*), void* state);
}

/// Calls `loss`, a function without arguments that uses `model` and returns one number, and
/// differentiates it with respect to the model's parameters. A parameter without influence gets
/// zeros; one that is used in several places gets the sum. Buffers that the call changes (running
/// statistics) keep their new values, parameters have their old ones when it returns or throws.
///
///     auto [loss, gradients] = nn::value_and_grad(
///         model, [&] { return nn::cross_entropy(model(images, context), labels); });
template <class F>
requires std::is_invocable_r_v<Tensor, F&> LossAndGradients value_and_grad(Module& model,
                                                                           F&& loss) {
  return internal::value_and_grad(
      model,
      [](void* state) -> Tensor { return (*static_cast<std::remove_reference_t<F>*>(state))(); },
      const_cast<void*>(static_cast<const void*>(std::addressof(loss))));
}

}  // namespace gradus::nn
