#pragma once

#include "gradus/autodiff/vjp.h"

namespace gradus {

struct Jvp {
  Tensors outputs;
  Tensors tangents;  ///< the directional derivative of each output
};

/// f at `inputs` and its Jacobian-vector product with `tangents` (forward mode), one tangent of the
/// input's shape per input. By two reverse passes: the pullback is linear in the gradients it is
/// given, so its own transpose is the Jacobian-vector product. Throws Error on shapes that differ.
Jvp jvp(const TensorFunction& f, const Tensors& inputs, const Tensors& tangents);

}  // namespace gradus
