#pragma once

#include "gradus/nn/module.h"

namespace gradus::python {

/// A state whose paths are PyTorch's, under the paths of `module`; any other state as it is.
/// PyTorch's Sequential adds no name of its own ("0.weight" for "layers.0.weight"), its layers of
/// normalisation say weight, bias and running_var, and count what nothing reads.
nn::NamedTensors with_own_paths(nn::Module& module, nn::NamedTensors state);

}  // namespace gradus::python
