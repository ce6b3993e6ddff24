#pragma once

#include "gradus/core/compile.h"
#include "gradus/nn/module.h"

namespace gradus::nn {

/// Parameters and buffers as the state of a function for compile(): FunctionState::of(model,
/// optimizer).
void add_state(Module& module, StateAddresses& addresses);

}  // namespace gradus::nn
