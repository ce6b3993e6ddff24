// Internal: what the fused optimiser steps ask of their vector code.
#pragma once

#include <cstdint>

#include "gradus/base/dtype.h"

namespace gradus {

/// What an optimiser does to one element. `penalised` is gradient + decay * parameter.
enum class UpdateRule : int {
  sgd,       ///< p -= rate * penalised
  momentum,  ///< v = keep * v + take * penalised; p -= rate * v
  nesterov,  ///< v likewise; p -= rate * (penalised + keep * v)
  adaptive,  ///< s = keep * s + take * penalised^2; p -= rate * penalised / (sqrt(s) + epsilon)
  adam,      ///< m, v likewise; p = shrink * p - rate * m / (root_scale * sqrt(v) + epsilon)
};

struct UpdateConstants {
  double rate = 0;
  double decay = 0;
  double keep[2] = {0, 0};  ///< how much of each state stays
  double take[2] = {1, 1};  ///< how much of the gradient, or of its square, enters
  double epsilon = 0;
  double shrink = 1;
  double root_scale = 1;
};

/// Updates `count` contiguous elements of f32 or f64. in: parameter, gradient, states; out:
/// parameter, states. An output may be its input.
using UpdateTile = void (*)(const void* const* in, void* const* out, std::int64_t count,
                            const UpdateConstants& constants);

UpdateTile update_tile(UpdateRule rule, DType dtype);

}  // namespace gradus
