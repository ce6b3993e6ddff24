#include "gradus/core/identity.h"

namespace gradus {
namespace {

Specs infer_identity(const InferContext& context) { return {{context.shape(0), context.dtype(0)}}; }

Inputs identity_vjp(const VjpContext& context) { return {context.gradient()}; }

void run_identity(const KernelContext& context) {
  const Array& input = context.input();
  context.share(0, 0, input.strides, input.offset);
}

std::vector<Sample> identity_samples() {
  return {{.name = "matrix", .inputs = {Tensor{{1, -2}, {3, 0.5f}}}}};
}

}  // namespace

const OpDef kIdentity{
    .name = "identity",
    .doc = "The same values under a new node: the variable of a transform. (...) -> (...)",
    .infer = infer_identity,
    .vjp = identity_vjp,
    .kernels = {{"share", nullptr, run_identity}},
    .samples = identity_samples,
    .onnx = "Identity",
};

}  // namespace gradus
