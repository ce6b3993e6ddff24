#pragma once

#include <span>

#include "gradus/nn/gradients.h"

namespace gradus::optim {

/// The L2 norm of all gradients together, as one vector. 0-d f32; of no gradients 0.
Tensor global_norm(std::span<const Tensor> gradients);

/// The gradients with every element limited to [-limit, limit].
nn::Gradients clip_by_value(nn::Gradients gradients, double limit);

struct ClippedGradients {
  nn::Gradients gradients;
  Tensor norm;  ///< before; 0-d f32
};
/// The gradients, all scaled by limit / norm if their global norm is above `limit`. An infinite or
/// NaN norm is returned with the gradients as they are.
/// Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.
ClippedGradients clip_by_norm(nn::Gradients gradients, double limit);

}  // namespace gradus::optim
