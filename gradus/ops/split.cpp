#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

struct SplitAttributes {
  Dims sizes;
  int axis = 0;
  void fields(FieldVisitor& v) const {
    v("sizes", sizes);
    v("axis", axis);
  }
};

Specs infer_split(const InferContext& context) {
  const auto& attributes = context.attributes.as<SplitAttributes>();
  Specs specs;
  for (const std::int64_t size : attributes.sizes) {
    Dims dims = context.shape(0).dims();
    dims[static_cast<std::size_t>(attributes.axis)] = size;
    specs.push_back({Shape(std::move(dims)), context.dtype(0)});
  }
  return specs;
}

/// The gradients of the parts side by side: one pass, however many parts there are.
Inputs split_vjp(const VjpContext& context) {
  Tensors parts;
  for (std::size_t i = 0; i < context.outputs.size(); ++i) {
    const Tensor& gradient = context.gradients[i];
    parts.push_back(gradient.defined() ? gradient : zeros_like(context.outputs[i]));
  }
  return {concatenate(parts, context.attributes.as<SplitAttributes>().axis)};
}

void run_view(const KernelContext& context) {
  const Array& input = context.input();
  const int axis = context.attributes<SplitAttributes>().axis;
  std::int64_t offset = input.offset;
  for (std::size_t i = 0; i < context.output_count(); ++i) {
    context.share(0, i, input.strides, offset);
    offset += context.output(i).shape[axis] * input.strides[static_cast<std::size_t>(axis)];
  }
}

void run_reference(const KernelContext& context) {
  const Array& input = context.input();
  const auto axis = static_cast<std::size_t>(context.attributes<SplitAttributes>().axis);
  std::int64_t start = 0;
  for (std::size_t i = 0; i < context.output_count(); ++i) {
    Array& output = context.allocate(i);
    for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
      Dims source = position;
      source[axis] += start;
      copy_element(input, offset_at(input.strides, source), output, number);
    });
    start += output.shape[static_cast<int>(axis)];
  }
}

std::vector<Sample> split_samples() {
  const Tensor matrix{{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}, {11, 12, 13, 14, 15}};
  return {
      {.name = "rows", .inputs = {matrix}, .attributes = SplitAttributes{{1, 1, 1}, 0}},
      {.name = "columns", .inputs = {matrix}, .attributes = SplitAttributes{{2, 0, 3}, 1}},
      {.name = "one part", .inputs = {Tensor{1, 2}}, .attributes = SplitAttributes{{2}, 0}},
      {.name = "empty",
       .inputs = {Tensor::from(std::vector<float>(), {0, 4})},
       .attributes = SplitAttributes{{2, 2}, 1}},
  };
}

}  // namespace

const OpDef kSplit{
    .name = "split",
    .doc =
        "Neighbouring parts of the input along `axis`, of the given sizes; views. "
        "(..., n, ...) -> (..., sizes[0], ...), (..., sizes[1], ...), ...",
    .infer = infer_split,
    .vjp = split_vjp,
    .kernels = {{"view", nullptr, run_view}, {"reference", nullptr, run_reference}},
    .samples = split_samples,
    .onnx = "Split",
};

Tensors split(const Tensor& x, int parts, int axis) {
  const Shape& shape = x.shape();
  const int place = normalize_axis("split", axis, shape);
  if (parts < 1 || shape[place] % parts != 0) {
    throw Error(ErrorCode::shape, "split",
                fmt::format("axis {} of shape {} has extent {}, which is not {} equal parts", axis,
                            shape.to_string(), shape[place], parts),
                {shape});
  }
  return split(x, Dims(static_cast<std::size_t>(parts), shape[place] / parts), place);
}

Tensors split(const Tensor& x, const Dims& sizes, int axis) {
  const Shape& shape = x.shape();
  const int place = normalize_axis("split", axis, shape);
  std::int64_t rest = shape[place];
  bool fits = !sizes.empty();
  for (const std::int64_t size : sizes) {
    fits = fits && size >= 0 && size <= rest;
    rest -= fits ? size : 0;
  }
  if (!fits || rest != 0) {
    throw Error(ErrorCode::shape, "split",
                fmt::format("sizes [{}] are not parts of axis {} of shape {}, extent {}",
                            fmt::join(sizes, ", "), axis, shape.to_string(), shape[place]),
                {shape});
  }
  auto parts = apply_all(kSplit, {x}, SplitAttributes{sizes, place});
  return Tensors(std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
}

}  // namespace gradus
