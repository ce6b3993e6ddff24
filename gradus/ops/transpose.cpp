#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

struct TransposeAttributes {
  Dims axes;  // output axis i is input axis axes[i]; a permutation
  void fields(FieldVisitor& v) const { v("axes", axes); }
};

/// values[axes[0]], values[axes[1]], ...
Dims permute(const Dims& values, const Dims& axes) {
  Dims result;
  for (const std::int64_t axis : axes) result.push_back(values[static_cast<std::size_t>(axis)]);
  return result;
}

Specs infer_transpose(const InferContext& context) {
  const Dims& axes = context.attributes.as<TransposeAttributes>().axes;
  return {{Shape(permute(context.shape(0).dims(), axes)), context.dtype(0)}};
}

Inputs transpose_vjp(const VjpContext& context) {
  const Dims& axes = context.attributes.as<TransposeAttributes>().axes;
  Dims inverse(axes.size(), 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    inverse[static_cast<std::size_t>(axes[i])] = static_cast<std::int64_t>(i);
  }
  return {transpose(context.gradient(), inverse)};
}

void run_view(const KernelContext& context) {
  const Array& input = context.input();
  const Dims& axes = context.attributes<TransposeAttributes>().axes;
  context.share(0, 0, permute(input.strides, axes), input.offset);
}

void run_reference(const KernelContext& context) {
  const Array& input = context.input();
  const Dims& axes = context.attributes<TransposeAttributes>().axes;
  Array& output = context.allocate();
  for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
    Dims source(position.size(), 0);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      source[static_cast<std::size_t>(axes[i])] = position[i];
    }
    copy_element(input, offset_at(input.strides, source), output, number);
  });
}

std::vector<Sample> transpose_samples() {
  const Tensor matrix{{1, 2, 3}, {4, 5, 6}};
  const Tensor cube{{{1, 2, 3}, {4, 5, 6}}, {{7, 8, 9}, {10, 11, 12}}};
  return {
      {.name = "matrix", .inputs = {matrix}, .attributes = TransposeAttributes{{1, 0}}},
      {.name = "rotate", .inputs = {cube}, .attributes = TransposeAttributes{{2, 0, 1}}},
      {.name = "swap", .inputs = {cube}, .attributes = TransposeAttributes{{0, 2, 1}}},
      {.name = "0-d", .inputs = {Tensor(3.f)}, .attributes = TransposeAttributes{{}}},
      {.name = "empty",
       .inputs = {Tensor::from(std::vector<float>(), {0, 3})},
       .attributes = TransposeAttributes{{1, 0}}},
  };
}

/// `axes` counted from the start; reversed order if there are none.
Dims resolve(const Dims& axes, const Shape& shape) {
  Dims resolved;
  if (axes.empty()) {
    for (int axis = shape.rank() - 1; axis >= 0; --axis) resolved.push_back(axis);
    return resolved;
  }
  for (const std::int64_t axis : axes) {
    const int place = normalize_axis("transpose", axis, shape);
    if (std::find(resolved.begin(), resolved.end(), place) == resolved.end()) {
      resolved.push_back(place);
    }
  }
  if (axes.size() != resolved.size() || static_cast<int>(axes.size()) != shape.rank()) {
    throw Error(ErrorCode::index, "transpose",
                fmt::format("axes [{}] are not each axis of shape {} once", fmt::join(axes, ", "),
                            shape.to_string()),
                {shape});
  }
  return resolved;
}

}  // namespace

const OpDef kTranspose{
    .name = "transpose",
    .doc =
        "The axes in another order; a view. Output axis i is input axis axes[i]. "
        "(n[0], ...) -> (n[axes[0]], ...)",
    .infer = infer_transpose,
    .vjp = transpose_vjp,
    .kernels = {{"view", nullptr, run_view}, {"reference", nullptr, run_reference}},
    .samples = transpose_samples,
    .onnx = "Transpose",
};

Tensor transpose(const Tensor& x, const Dims& axes) {
  Dims resolved = resolve(axes, x.shape());
  if (std::is_sorted(resolved.begin(), resolved.end())) return x;
  return apply(kTranspose, {x}, TransposeAttributes{std::move(resolved)});
}

Tensor swap_axes(const Tensor& x, int a, int b) {
  Dims axes;
  for (int axis = 0; axis < x.rank(); ++axis) axes.push_back(axis);
  std::swap(axes[static_cast<std::size_t>(normalize_axis("swap_axes", a, x.shape()))],
            axes[static_cast<std::size_t>(normalize_axis("swap_axes", b, x.shape()))]);
  return transpose(x, axes);
}

}  // namespace gradus
