#include "gradus/ops/reduce_axes.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/rearrange.h"

namespace gradus {

ReduceAttributes reduce_attributes(const char* operation, const Tensor& x, const Dims& axes,
                                   bool keep_axes) {
  if (!x.defined()) {
    throw Error(ErrorCode::invalid_argument, operation, "the input is an undefined tensor");
  }
  return {normalize_axes(operation, axes, x.shape()), keep_axes};
}

Shape reduced_shape(const Shape& shape, const Dims& axes, bool keep_axes) {
  Dims dims;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!reduced) {
      dims.push_back(shape[axis]);
    } else if (keep_axes) {
      dims.push_back(1);
    }
  }
  return Shape(std::move(dims));
}

std::int64_t reduced_count(const Shape& shape, const Dims& axes) {
  std::int64_t count = 1;
  for (const std::int64_t axis : axes) count *= shape[static_cast<int>(axis)];
  return count;
}

Tensor with_kept_axes(const Tensor& reduced, const Tensor& x, const ReduceAttributes& attributes) {
  if (attributes.keep_axes || reduced.rank() == 0 || attributes.axes.empty()) return reduced;
  // Leading axes need no place holder: broadcasting supplies them.
  if (attributes.axes.back() + 1 == static_cast<std::int64_t>(attributes.axes.size())) {
    return reduced;
  }
  return reshape(reduced, reduced_shape(x.shape(), attributes.axes, true));
}

void refuse_half(const char* operation, DType dtype) {
  if (dtype == DType::f16 || dtype == DType::bf16) {
    throw Error(ErrorCode::dtype, operation,
                fmt::format("does not compute on {}; cast it to f32 first", name_of(dtype)));
  }
}

ReduceView view_of(const Array& input, const Dims& axes) {
  Dims kept, reduced;
  ReduceView view;
  for (int axis = 0; axis < input.shape.rank(); ++axis) {
    const bool is_reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    (is_reduced ? reduced : kept).push_back(input.shape[axis]);
    (is_reduced ? view.reduced_strides : view.kept_strides)
        .push_back(input.strides[static_cast<std::size_t>(axis)]);
  }
  view.kept = Shape(std::move(kept));
  view.reduced = Shape(std::move(reduced));
  return view;
}

std::int64_t offset_of(std::int64_t index, const Shape& shape, const Strides& strides) {
  std::int64_t offset = 0;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    offset += index % shape[axis] * strides[static_cast<std::size_t>(axis)];
    index /= shape[axis];
  }
  return offset;
}

}  // namespace gradus
