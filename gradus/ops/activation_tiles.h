// Internal: the tile functions of activations, and their attributes.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

struct LeakyReluAttributes {
  double slope;
  void fields(FieldVisitor& v) const { v("slope", slope); }
};

struct EluAttributes {
  double alpha;
  void fields(FieldVisitor& v) const { v("alpha", alpha); }
};

/// The rows of the table of activation_tiles.cpp.
enum class ActivationRow : int {
  relu,
  relu_gradient,
  sigmoid,
  sigmoid_gradient,
  softplus,
  silu,
  silu_gradient,
  gelu,
  gelu_gradient,
  leaky_relu,
  leaky_relu_gradient,
  elu,
  elu_gradient,
  count
};
const Tiles* activation_tiles();

}  // namespace gradus
