#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

/// starts[i], starts[i] + steps[i], ... along axis i: counts[i] places, all inside the tensor.
struct SliceAttributes {
  Dims starts, steps, counts;
  void fields(FieldVisitor& v) const {
    v("starts", starts);
    v("steps", steps);
    v("counts", counts);
  }
};

Specs infer_slice(const InferContext& context) {
  return {{Shape(context.attributes.as<SliceAttributes>().counts), context.dtype(0)}};
}

/// Where the slice lies in an array of these strides.
struct Window {
  Strides strides;
  std::int64_t offset = 0;
};
Window window(const Dims& starts, const Dims& steps, const Strides& strides) {
  Window result;
  for (std::size_t axis = 0; axis < strides.size(); ++axis) {
    result.strides.push_back(strides[axis] * steps[axis]);
    result.offset += strides[axis] * starts[axis];
  }
  return result;
}

void view_slice(const KernelContext& context) {
  const Array& input = context.input();
  const auto& attributes = context.attributes<SliceAttributes>();
  Window place = window(attributes.starts, attributes.steps, input.strides);
  context.share(0, 0, std::move(place.strides), input.offset + place.offset);
}

/// The position in the whole of a position in its slice.
Dims position_in_whole(const Dims& position, const Dims& starts, const Dims& steps) {
  Dims result;
  for (std::size_t axis = 0; axis < position.size(); ++axis) {
    result.push_back(starts[axis] + position[axis] * steps[axis]);
  }
  return result;
}

void slice_reference(const KernelContext& context) {
  const Array& input = context.input();
  const auto& attributes = context.attributes<SliceAttributes>();
  Array& output = context.allocate();
  for_each_position(output.shape, [&](const Dims& position, std::int64_t number) {
    const Dims source = position_in_whole(position, attributes.starts, attributes.steps);
    copy_element(input, offset_at(input.strides, source), output, number);
  });
}

/// A slice put into zeros of `shape`: the adjoint of a slice.
struct SliceScatterAttributes {
  Shape shape;
  Dims starts, steps;
  void fields(FieldVisitor& v) const {
    v("shape", shape);
    v("starts", starts);
    v("steps", steps);
  }
};

Specs infer_slice_scatter(const InferContext& context) {
  return {{context.attributes.as<SliceScatterAttributes>().shape, context.dtype(0)}};
}

Inputs slice_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<SliceAttributes>();
  return {apply(
      kSliceScatter, {context.gradient()},
      SliceScatterAttributes{context.inputs[0].shape(), attributes.starts, attributes.steps})};
}

Inputs slice_scatter_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<SliceScatterAttributes>();
  return {apply(
      kSlice, {context.gradient()},
      SliceAttributes{attributes.starts, attributes.steps, context.inputs[0].shape().dims()})};
}

Array& allocate_zeros(const KernelContext& context) {
  Array& output = context.allocate();
  const std::size_t bytes = static_cast<std::size_t>(output.shape.size()) * size_of(output.dtype);
  if (bytes > 0) std::memset(output.mutable_bytes(), 0, bytes);
  return output;
}

void copy_into_zeros(const KernelContext& context) {
  const Array& input = context.input();
  const auto& attributes = context.attributes<SliceScatterAttributes>();
  Array& output = allocate_zeros(context);
  const Window place = window(attributes.starts, attributes.steps, output.strides);
  const std::size_t item = size_of(input.dtype);
  copy_strided(input.shape, item, input.bytes(), input.strides,
               output.mutable_bytes() + place.offset * static_cast<std::int64_t>(item),
               place.strides);
}

void slice_scatter_reference(const KernelContext& context) {
  const Array& input = context.input();
  const auto& attributes = context.attributes<SliceScatterAttributes>();
  Array& output = allocate_zeros(context);
  for_each_position(input.shape, [&](const Dims& position, std::int64_t) {
    const Dims target = position_in_whole(position, attributes.starts, attributes.steps);
    copy_element(input, offset_at(input.strides, position), output,
                 offset_at(output.strides, target));
  });
}

const Tensor& sample_matrix() {
  static const Tensor matrix{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
  return matrix;
}

std::vector<Sample> slice_samples() {
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
  return {
      {.name = "rows",
       .inputs = {sample_matrix()},
       .attributes = SliceAttributes{{1, 0}, {1, 1}, {2, 4}}},
      {.name = "every second column",
       .inputs = {sample_matrix()},
       .attributes = SliceAttributes{{0, 1}, {1, 2}, {3, 2}}},
      {.name = "backwards",
       .inputs = {cube},
       .attributes = SliceAttributes{{1, 2, 1}, {-1, -2, -1}, {2, 2, 2}}},
      {.name = "nothing",
       .inputs = {sample_matrix()},
       .attributes = SliceAttributes{{3, 0}, {1, 1}, {0, 4}}},
      {.name = "0-d", .inputs = {Tensor(3.f)}, .attributes = SliceAttributes{}},
  };
}

std::vector<Sample> slice_scatter_samples() {
  return {
      {.name = "block",
       .inputs = {sample_matrix()},
       .attributes = SliceScatterAttributes{{5, 6}, {1, 2}, {1, 1}}},
      {.name = "with steps",
       .inputs = {sample_matrix()},
       .attributes = SliceScatterAttributes{{7, 9}, {6, 1}, {-3, 2}}},
      {.name = "nothing",
       .inputs = {Tensor::from(std::vector<float>(), {0, 2})},
       .attributes = SliceScatterAttributes{{2, 2}, {0, 0}, {1, 1}}},
      {.name = "0-d", .inputs = {Tensor(3.f)}, .attributes = SliceScatterAttributes{}},
  };
}

/// Python's rules: a negative bound counts from the end, and bounds are moved into the tensor.
void add_range(SliceAttributes& attributes, const Range& range, std::int64_t extent, int axis,
               const Shape& shape) {
  if (range.step == 0) {
    throw Error(ErrorCode::invalid_argument, "slice",
                fmt::format("the step along axis {} of shape {} is 0", axis, shape.to_string()),
                {shape});
  }
  const bool forward = range.step > 0;
  const std::int64_t lowest = forward ? 0 : -1;
  const std::int64_t highest = forward ? extent : extent - 1;
  const auto place = [&](std::int64_t bound) {
    if (bound < 0) bound = bound < -extent ? lowest : bound + extent;
    return std::clamp(bound, lowest, highest);
  };
  const bool open_start = range.start == Range::kOpen;
  const bool open_stop = range.stop == Range::kOpen;
  const std::int64_t start = open_start ? (forward ? lowest : highest) : place(range.start);
  const std::int64_t stop = open_stop ? (forward ? highest : lowest) : place(range.stop);
  const std::int64_t distance = forward ? stop - start : start - stop;
  // The step may be INT64_MIN, so its size is taken as unsigned.
  const std::uint64_t stride = forward ? static_cast<std::uint64_t>(range.step)
                                       : std::uint64_t{0} - static_cast<std::uint64_t>(range.step);
  const std::int64_t count =
      distance <= 0
          ? 0
          : static_cast<std::int64_t>((static_cast<std::uint64_t>(distance) - 1) / stride) + 1;
  attributes.starts.push_back(count == 0 ? 0 : start);
  attributes.steps.push_back(count <= 1 ? 1 : range.step);
  attributes.counts.push_back(count);
}

Tensor apply_slice(const Tensor& x, SliceAttributes attributes) {
  if (attributes.counts == x.shape().dims() &&
      std::all_of(attributes.steps.begin(), attributes.steps.end(),
                  [](std::int64_t step) { return step == 1; })) {
    return x;
  }
  return apply(kSlice, {x}, std::move(attributes));
}

}  // namespace

const OpDef kSlice{
    .name = "slice",
    .doc = "Places starts, starts + steps, ... along every axis; a view. (...) -> counts",
    .infer = infer_slice,
    .vjp = slice_vjp,
    .kernels = {{"view", nullptr, view_slice}, {"reference", nullptr, slice_reference}},
    .samples = slice_samples,
    .onnx = "Slice",
};

const OpDef kSliceScatter{
    .name = "slice_scatter",
    .doc =
        "Zeros of `shape` with the input at places starts, starts + steps, ... along every "
        "axis. (...) -> shape",
    .infer = infer_slice_scatter,
    .vjp = slice_scatter_vjp,
    .kernels = {{"copy", nullptr, copy_into_zeros},
                {"reference", nullptr, slice_scatter_reference}},
    .samples = slice_scatter_samples,
};

Tensor slice(const Tensor& x, const std::vector<Range>& ranges) {
  const Shape& shape = x.shape();
  if (static_cast<int>(ranges.size()) > shape.rank()) {
    throw Error(ErrorCode::shape, "slice",
                fmt::format("{} ranges for the {} axes of shape {}", ranges.size(), shape.rank(),
                            shape.to_string()),
                {shape});
  }
  SliceAttributes attributes;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    add_range(attributes, i < ranges.size() ? ranges[i] : Range{}, shape[axis], axis, shape);
  }
  return apply_slice(x, std::move(attributes));
}

Tensor slice(const Tensor& x, int axis, const Range& range) {
  const Shape& shape = x.shape();
  const int sliced = normalize_axis("slice", axis, shape);
  SliceAttributes attributes;
  for (int i = 0; i < shape.rank(); ++i) {
    add_range(attributes, i == sliced ? range : Range{}, shape[i], i, shape);
  }
  return apply_slice(x, std::move(attributes));
}

Tensor select(const Tensor& x, int axis, std::int64_t index) {
  const Shape& shape = x.shape();
  const int place = normalize_axis("select", axis, shape);
  const std::int64_t extent = shape[place];
  if (index < -extent || index >= extent) {
    throw Error(ErrorCode::index, "select",
                fmt::format("index {} is out of range for axis {} of shape {}", index, axis,
                            shape.to_string()),
                {shape});
  }
  const std::int64_t start = index < 0 ? index + extent : index;
  Dims dims(shape.begin(), shape.begin() + place);
  dims.append(shape.begin() + place + 1, shape.end());
  return reshape(slice(x, place, {start, start + 1, 1}), dims);
}

}  // namespace gradus
