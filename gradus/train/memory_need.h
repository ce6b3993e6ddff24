// Internal: whether a model can be trained in the memory that there is.
#pragma once

#include "gradus/optim/optimizer.h"
#include "gradus/train/model_recipe.h"

namespace gradus::train {

/// Throws Error (out_of_memory) if the weights of a model, their gradients and what an optimiser
/// keeps of them take more memory than there is, naming the largest weight. Computes nothing.
void check_memory(const BuiltModel& built, const optim::Optimizer& optimizer);

}  // namespace gradus::train
