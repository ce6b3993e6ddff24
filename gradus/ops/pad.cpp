#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/ops/cast.h"
#include "gradus/ops/integer_range.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

struct PadAttributes {
  Dims before, after;
  double value = 0;
  void fields(FieldVisitor& v) const {
    v("before", before);
    v("after", after);
    v("value", value);
  }
};

Specs infer_pad(const InferContext& context) {
  const auto& attributes = context.attributes.as<PadAttributes>();
  const Shape& shape = context.shape(0);
  const auto rank = static_cast<std::size_t>(shape.rank());
  if (attributes.before.size() != rank || attributes.after.size() != rank) {
    throw Error(ErrorCode::shape, "pad",
                fmt::format("before [{}] and after [{}] need one number for each axis of shape {}",
                            fmt::join(attributes.before, ", "), fmt::join(attributes.after, ", "),
                            shape.to_string()),
                {shape});
  }
  check_range("pad", attributes.value, context.dtype(0));
  Dims dims = shape.dims();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (attributes.before[axis] < 0 || attributes.after[axis] < 0) {
      throw Error(
          ErrorCode::invalid_argument, "pad",
          fmt::format("{} before and {} after axis {} of shape {}: neither may be negative",
                      attributes.before[axis], attributes.after[axis], axis, shape.to_string()),
          {shape});
    }
    dims[axis] += attributes.before[axis] + attributes.after[axis];
  }
  return {{Shape(std::move(dims)), context.dtype(0)}};
}

/// The part of the gradient that the input fills.
Inputs pad_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<PadAttributes>();
  const Shape& shape = context.inputs[0].shape();
  std::vector<Range> ranges;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t start = attributes.before[static_cast<std::size_t>(axis)];
    ranges.push_back({start, start + shape[axis], 1});
  }
  return {slice(context.gradient(), ranges)};
}

/// A box in the output: where it starts and how far it goes.
struct Box {
  Dims start, extents;
};

/// The border as boxes that do not overlap: before and after the input along each axis, between the
/// borders of the axes before it.
SmallVector<Box, 4> border(const PadAttributes& attributes, const Shape& input,
                           const Shape& output) {
  SmallVector<Box, 4> boxes;
  Box inner{Dims(attributes.before.size(), 0), output.dims()};
  for (std::size_t axis = 0; axis < attributes.before.size(); ++axis) {
    const std::int64_t before = attributes.before[axis];
    const std::int64_t after = attributes.after[axis];
    const std::int64_t extent = input[static_cast<int>(axis)];
    Box low = inner;
    low.extents[axis] = before;
    if (before > 0) boxes.push_back(low);
    Box high = inner;
    high.start[axis] = before + extent;
    high.extents[axis] = after;
    if (after > 0) boxes.push_back(high);
    inner.start[axis] = before;
    inner.extents[axis] = extent;
  }
  return boxes;
}

void run_copy(const KernelContext& context) {
  const auto& attributes = context.attributes<PadAttributes>();
  const Array& input = context.input();
  // Feature maps with channels last stay so.
  Array& output = is_dense(input.shape, input.strides)
                      ? context.allocate(0, dense_like(context.output().shape, input.strides))
                      : context.allocate();
  const std::size_t item = size_of(input.dtype);
  const auto target = [&](const Dims& start) {
    return output.mutable_bytes() +
           offset_at(output.strides, start) * static_cast<std::int64_t>(item);
  };
  std::byte value[8];
  with_dtype(input.dtype, [&]<class T>() {
    const T element = convert_element<T>(attributes.value);
    std::memcpy(value, &element, sizeof(T));
  });
  const Strides repeat(output.strides.size(), 0);
  for (const Box& box : border(attributes, input.shape, output.shape)) {
    copy_strided(Shape(box.extents), item, value, repeat, target(box.start), output.strides);
  }
  copy_strided(input.shape, item, input.bytes(), input.strides, target(attributes.before),
               output.strides);
}

void run_reference(const KernelContext& context) {
  const auto& attributes = context.attributes<PadAttributes>();
  const Array& input = context.input();
  Array& output = context.allocate();
  with_dtype(input.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < output.shape.size(); ++i) {
      output.mutable_data<T>()[i] = convert_element<T>(attributes.value);
    }
  });
  for_each_position(input.shape, [&](const Dims& position, std::int64_t) {
    Dims target = position;
    for (std::size_t axis = 0; axis < target.size(); ++axis)
      target[axis] += attributes.before[axis];
    copy_element(input, offset_at(input.strides, position), output,
                 offset_at(output.strides, target));
  });
}

std::vector<Sample> pad_samples() {
  const Tensor matrix{{1, 2, 3}, {4, 5, 6}};
  const Tensor cube{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}};
  return {
      {.name = "zeros", .inputs = {matrix}, .attributes = PadAttributes{{1, 2}, {0, 1}, 0}},
      {.name = "a value", .inputs = {cube}, .attributes = PadAttributes{{1, 0, 1}, {1, 2, 0}, 7}},
      {.name = "none", .inputs = {matrix}, .attributes = PadAttributes{{0, 0}, {0, 0}, 0}},
      {.name = "around nothing",
       .inputs = {Tensor::from(std::vector<float>(), {0, 3})},
       .attributes = PadAttributes{{1, 0}, {1, 1}, 2}},
      {.name = "integers",
       .inputs = {Tensor::from(std::vector<std::int64_t>{1, 2}, {2})},
       .attributes = PadAttributes{{2}, {1}, -1}},
      {.name = "0-d", .inputs = {Tensor(3.f)}, .attributes = PadAttributes{}},
  };
}

}  // namespace

const OpDef kPad{
    .name = "pad",
    .doc =
        "The input with before[i] and after[i] elements of `value` around axis i. "
        "(n, ...) -> (before + n + after, ...)",
    .infer = infer_pad,
    .vjp = pad_vjp,
    .kernels = {{"copy", nullptr, run_copy}, {"reference", nullptr, run_reference}},
    .samples = pad_samples,
    .onnx = "Pad",
};

Tensor pad(const Tensor& x, const Dims& before, const Dims& after, double value) {
  return apply(kPad, {x}, PadAttributes{before, after, value});
}

}  // namespace gradus
