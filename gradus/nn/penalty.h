#pragma once

#include <string_view>

#include "gradus/base/function.h"
#include "gradus/nn/module.h"

namespace gradus::nn {

/// A norm penalty on parameters: L1, L2, or with both the elastic net.
struct PenaltyOptions {
  float l1 = 0;
  float l2 = 0;
  /// Takes the parameters for which it is true, given path and value; empty: all.
  Function<bool(std::string_view path, const Tensor& value)> where = {};
};

/// sum over parameters w of l1 * |w|_1 + l2 / 2 * |w|_2^2, each parameter once; 0-d. Add it to the
/// loss inside value_and_grad(). With l2 it has the gradient of an optimiser's weight_decay.
/// Source: Goodfellow, Bengio and Courville 2016, sections 7.1.1 and 7.1.2.
Tensor penalty(Module& module, const PenaltyOptions& options);

}  // namespace gradus::nn
