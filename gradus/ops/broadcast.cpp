#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"

namespace gradus {
namespace {

struct BroadcastAttributes {
  Shape shape;
  void fields(FieldVisitor& v) const { v("shape", shape); }
};

Specs infer_broadcast(const InferContext& context) {
  const Shape& from = context.shape(0);
  const Shape& to = context.attributes.as<BroadcastAttributes>().shape;
  const int shift = to.rank() - from.rank();
  if (shift < 0) {
    throw Error(ErrorCode::shape, "broadcast_to",
                fmt::format("shape {} has more axes than {}", from.to_string(), to.to_string()),
                {from, to});
  }
  for (int axis = 0; axis < from.rank(); ++axis) {
    if (from[axis] == 1 || from[axis] == to[axis + shift]) continue;
    throw Error(
        ErrorCode::shape, "broadcast_to",
        fmt::format("shape {} does not broadcast to {}: axis {} has extents {} and {}",
                    from.to_string(), to.to_string(), axis + shift, from[axis], to[axis + shift]),
        {from, to});
  }
  return {{to, context.dtype(0)}};
}

Inputs broadcast_vjp(const VjpContext& context) {
  return {sum_to(context.gradient(), context.inputs[0].shape())};
}

void run_view(const KernelContext& context) {
  const Array& input = context.input();
  context.share(0, 0, broadcast_strides(input.shape, input.strides, context.output().shape),
                input.offset);
}

void run_reference(const KernelContext& context) {
  const Array& input = context.input();
  Array& output = context.allocate();
  const auto shift = static_cast<std::size_t>(output.shape.rank() - input.shape.rank());
  for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
    Dims source;
    for (int axis = 0; axis < input.shape.rank(); ++axis) {
      source.push_back(input.shape[axis] == 1 ? 0
                                              : position[static_cast<std::size_t>(axis) + shift]);
    }
    copy_element(input, offset_at(input.strides, source), output, number);
  });
}

std::vector<Sample> broadcast_samples() {
  const Tensor column = Tensor::from(std::vector<float>{1, 2}, {2, 1});
  return {
      {.name = "row", .inputs = {Tensor{1, 2, 3}}, .attributes = BroadcastAttributes{{2, 3}}},
      {.name = "column", .inputs = {column}, .attributes = BroadcastAttributes{{3, 2, 4}}},
      {.name = "0-d", .inputs = {Tensor(3.f)}, .attributes = BroadcastAttributes{{2, 2}}},
      {.name = "0-d to 0-d", .inputs = {Tensor(3.f)}, .attributes = BroadcastAttributes{{}}},
      {.name = "to nothing",
       .inputs = {Tensor::from(std::vector<float>{5}, {1, 1})},
       .attributes = BroadcastAttributes{{0, 1}}},
  };
}

}  // namespace

const OpDef kBroadcast{
    .name = "broadcast_to",
    .doc =
        "The elements repeated along new axes and axes of extent 1, by NumPy's rule; a view. "
        "(...) -> shape",
    .infer = infer_broadcast,
    .vjp = broadcast_vjp,
    .kernels = {{"view", nullptr, run_view}, {"reference", nullptr, run_reference}},
    .samples = broadcast_samples,
    .onnx = "Expand",
};

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return apply(kBroadcast, {x}, BroadcastAttributes{shape});
}

}  // namespace gradus
