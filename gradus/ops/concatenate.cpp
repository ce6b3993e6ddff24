#include <climits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/positions.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

struct ConcatenateAttributes {
  int axis = 0;
  void fields(FieldVisitor& v) const { v("axis", axis); }
};

Specs infer_concatenate(const InferContext& context) {
  const int axis = context.attributes.as<ConcatenateAttributes>().axis;
  const Shape& first = context.shape(0);
  Dims dims = first.dims();
  for (std::size_t i = 1; i < context.inputs.size(); ++i) {
    const Shape& next = context.shape(i);
    if (next.rank() != first.rank()) {
      throw Error(ErrorCode::shape, "concatenate",
                  fmt::format("tensors 0 and {} of shapes {} and {} differ in the number of axes",
                              i, first.to_string(), next.to_string()),
                  {first, next});
    }
    for (int other = 0; other < first.rank(); ++other) {
      if (other == axis || next[other] == first[other]) continue;
      throw Error(ErrorCode::shape, "concatenate",
                  fmt::format("tensors 0 and {} of shapes {} and {} differ along axis {}, but are "
                              "joined along axis {}",
                              i, first.to_string(), next.to_string(), other, axis),
                  {first, next});
    }
    if (context.dtype(i) != context.dtype(0)) {
      throw Error(ErrorCode::dtype, "concatenate",
                  fmt::format("tensors 0 and {} hold {} and {}", i, name_of(context.dtype(0)),
                              name_of(context.dtype(i))));
    }
    dims[static_cast<std::size_t>(axis)] += next[axis];
  }
  return {{Shape(std::move(dims)), context.dtype(0)}};
}

Inputs concatenate_vjp(const VjpContext& context) {
  const int axis = context.attributes.as<ConcatenateAttributes>().axis;
  Inputs gradients;
  std::int64_t start = 0;
  for (std::size_t i = 0; i < context.inputs.size(); ++i) {
    const std::int64_t stop = start + context.inputs[i].shape()[axis];
    gradients.push_back(context.needed[i] ? slice(context.gradient(), axis, {start, stop, 1})
                                          : Tensor());
    start = stop;
  }
  return gradients;
}

/// The order of the output's axes in memory is that of the first input, if it is dense: feature
/// maps with channels last stay so.
Strides output_strides(const Array& first, const Shape& shape) {
  return is_dense(first.shape, first.strides) ? dense_like(shape, first.strides) : row_major(shape);
}

void run_copy(const KernelContext& context) {
  const int axis = context.attributes<ConcatenateAttributes>().axis;
  Array& output = context.allocate(0, output_strides(context.input(0), context.output().shape));
  const std::size_t item = size_of(output.dtype);
  std::byte* target = output.mutable_bytes();
  const std::int64_t step =
      output.strides[static_cast<std::size_t>(axis)] * static_cast<std::int64_t>(item);
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const Array& input = context.input(i);
    copy_strided(input.shape, item, input.bytes(), input.strides, target, output.strides);
    target += input.shape[axis] * step;
  }
}

void run_reference(const KernelContext& context) {
  const auto axis = static_cast<std::size_t>(context.attributes<ConcatenateAttributes>().axis);
  Array& output = context.allocate();
  std::int64_t start = 0;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const Array& input = context.input(i);
    for_each_position(input.shape, [&](const Dims& position, std::int64_t) {
      Dims target = position;
      target[axis] += start;
      copy_element(input, offset_at(input.strides, position), output,
                   offset_at(output.strides, target));
    });
    start += input.shape[static_cast<int>(axis)];
  }
}

std::vector<Sample> concatenate_samples() {
  const Tensor a{{1, 2, 3}, {4, 5, 6}};
  const Tensor b{{7, 8, 9}};
  const Tensor c{{10, 11}, {12, 13}};
  return {
      {.name = "rows", .inputs = {a, b, a}, .attributes = ConcatenateAttributes{0}},
      {.name = "columns", .inputs = {a, c}, .attributes = ConcatenateAttributes{1}},
      {.name = "of transposes",
       .inputs = {transpose(a), transpose(a)},
       .attributes = ConcatenateAttributes{1}},
      {.name = "one", .inputs = {Tensor{1, 2}}, .attributes = ConcatenateAttributes{0}},
      {.name = "with nothing",
       .inputs = {Tensor::from(std::vector<float>(), {0, 3}), a},
       .attributes = ConcatenateAttributes{0}},
  };
}

/// The tensors in their common element type.
Inputs promoted(const Tensors& tensors) {
  DType dtype = tensors[0].dtype();
  for (const Tensor& tensor : tensors) dtype = promote(dtype, tensor.dtype());
  Inputs inputs;
  for (const Tensor& tensor : tensors) {
    inputs.push_back(tensor.dtype() == dtype ? tensor : cast(tensor, dtype));
  }
  return inputs;
}

void check_any(const char* operation, const Tensors& tensors) {
  if (!tensors.empty()) return;
  throw Error(ErrorCode::invalid_argument, operation, "there are no tensors to join");
}

}  // namespace

const OpDef kConcatenate{
    .name = "concatenate",
    .doc =
        "Tensors that differ at most along `axis`, one behind the other along it. "
        "(..., n, ...), (..., m, ...), ... -> (..., n + m + ..., ...)",
    .maximum_inputs = INT_MAX,
    .infer = infer_concatenate,
    .vjp = concatenate_vjp,
    .kernels = {{"copy", nullptr, run_copy}, {"reference", nullptr, run_reference}},
    .samples = concatenate_samples,
    .onnx = "Concat",
};

Tensor concatenate(const Tensors& tensors, int axis) {
  check_any("concatenate", tensors);
  const int place = normalize_axis("concatenate", axis, tensors[0].shape());
  if (tensors.size() == 1) return tensors[0];
  return apply(kConcatenate, promoted(tensors), ConcatenateAttributes{place});
}

Tensor stack(const Tensors& tensors, int axis) {
  check_any("stack", tensors);
  Tensors expanded;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].shape() != tensors[0].shape()) {
      throw Error(ErrorCode::shape, "stack",
                  fmt::format("tensors 0 and {} differ in shape: {} and {}", i,
                              tensors[0].shape().to_string(), tensors[i].shape().to_string()),
                  {tensors[0].shape(), tensors[i].shape()});
    }
    expanded.push_back(expand_dims(tensors[i], axis));
  }
  // The axis of the result is that of the expanded tensors.
  return concatenate(expanded, axis);
}

}  // namespace gradus
