#include "gradus/ops/positions.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

struct FlipAttributes {
  Dims axes;  // normalised
  void fields(FieldVisitor& v) const { v("axes", axes); }
};

Specs infer_flip(const InferContext& context) { return {{context.shape(0), context.dtype(0)}}; }

Inputs flip_vjp(const VjpContext& context) {
  return {apply(kFlip, {context.gradient()}, context.attributes)};
}

void run_view(const KernelContext& context) {
  const Array& input = context.input();
  Strides strides = input.strides;
  std::int64_t offset = input.offset;
  if (input.shape.size() > 0) {
    for (const std::int64_t axis : context.attributes<FlipAttributes>().axes) {
      std::int64_t& stride = strides[static_cast<std::size_t>(axis)];
      offset += (input.shape[static_cast<int>(axis)] - 1) * stride;
      stride = -stride;
    }
  }
  context.share(0, 0, std::move(strides), offset);
}

void run_reference(const KernelContext& context) {
  const Array& input = context.input();
  Array& output = context.allocate();
  for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
    Dims source = position;
    for (const std::int64_t axis : context.attributes<FlipAttributes>().axes) {
      const auto i = static_cast<std::size_t>(axis);
      source[i] = input.shape[static_cast<int>(axis)] - 1 - position[i];
    }
    copy_element(input, offset_at(input.strides, source), output, number);
  });
}

std::vector<Sample> flip_samples() {
  const Tensor cube{{{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}, {10, 11, 12}}};
  return {
      {.name = "rows", .inputs = {cube}, .attributes = FlipAttributes{{0}}},
      {.name = "both sides", .inputs = {cube}, .attributes = FlipAttributes{{1, 2}}},
      {.name = "0-d", .inputs = {Tensor(3.f)}, .attributes = FlipAttributes{}},
      {.name = "empty",
       .inputs = {Tensor::from(std::vector<float>(), {0, 3})},
       .attributes = FlipAttributes{{0, 1}}},
  };
}

}  // namespace

const OpDef kFlip{
    .name = "flip",
    .doc = "The order of the elements along `axes` reversed; a view. (...) -> (...)",
    .infer = infer_flip,
    .vjp = flip_vjp,
    .kernels = {{"view", nullptr, run_view}, {"reference", nullptr, run_reference}},
    .samples = flip_samples,
};

Tensor flip(const Tensor& x, const Dims& axes) {
  return apply(kFlip, {x}, FlipAttributes{normalize_axes("flip", axes, x.shape())});
}

}  // namespace gradus
