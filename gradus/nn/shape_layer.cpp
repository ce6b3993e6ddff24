#include "gradus/nn/shape_layer.h"

#include "gradus/base/error.h"
#include "gradus/ops/rearrange.h"

namespace gradus::nn {

void FlattenOptions::fields(OptionVisitor& v) {
  v("first_axis", first_axis);
  v("last_axis", last_axis);
}

Tensor Flatten::operator()(const Tensor& x) const {
  return flatten(x, static_cast<int>(options.first_axis), static_cast<int>(options.last_axis));
}

void ReshapeOptions::fields(OptionVisitor& v) { v("shape", shape); }

Tensor Reshape::operator()(const Tensor& x) const {
  if (x.rank() == 0) {
    throw Error(ErrorCode::shape, kKind, "takes (batch, ...), not a 0-d tensor", {x.shape()});
  }
  Dims dims{x.shape()[0]};
  dims.append(options.shape.begin(), options.shape.end());
  return reshape(x, dims);
}

}  // namespace gradus::nn
