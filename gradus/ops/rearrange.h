#pragma once

#include <concepts>
#include <cstdint>
#include <vector>

#include "gradus/core/op_def.h"

// Operations that move elements or only look at them through other strides.

namespace gradus {

extern const OpDef kReshape, kTranspose, kBroadcast, kSlice, kSliceScatter, kPad, kConcatenate,
    kSplit, kFlip;

/// The same elements in row-major order; one extent may be -1 and is worked out.
Tensor reshape(const Tensor& x, const Dims& dims);
/// A template, so that reshape(x, {2, -1}) means the other one.
template <std::same_as<Shape> S>
Tensor reshape(const Tensor& x, const S& shape) {
  return reshape(x, shape.dims());
}
/// Axes first_axis ... last_axis become one.
Tensor flatten(const Tensor& x, int first_axis = 0, int last_axis = -1);
/// Output axis i is input axis axes[i]; no axes: reversed order. A view, nothing moves.
Tensor transpose(const Tensor& x, const Dims& axes = {});
Tensor swap_axes(const Tensor& x, int a, int b);
/// A new axis of extent 1 at `axis` of the result.
Tensor expand_dims(const Tensor& x, int axis);
/// Without axes of extent 1; all such axes if none are named.
Tensor squeeze(const Tensor& x, const Dims& axes = {});
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// x[start:stop:step] along one axis; Python's rules for negative, out-of-range and open bounds, so
/// {.step = -1} is the axis backwards. A view.
struct Range {
  static constexpr std::int64_t kOpen = INT64_MAX;
  std::int64_t start = kOpen;
  std::int64_t stop = kOpen;
  std::int64_t step = 1;
};
/// One range per leading axis.
Tensor slice(const Tensor& x, const std::vector<Range>& ranges);
/// One range along `axis`.
Tensor slice(const Tensor& x, int axis, const Range& range);
/// Element `index` along `axis`, without that axis.
Tensor select(const Tensor& x, int axis, std::int64_t index);

/// `before[i]` and `after[i]` elements of `value` around axis i.
Tensor pad(const Tensor& x, const Dims& before, const Dims& after, double value = 0);
Tensor concatenate(const Tensors& tensors, int axis = 0);
Tensor stack(const Tensors& tensors, int axis = 0);
/// Equal parts; throws Error if the extent is not divisible. Views.
Tensors split(const Tensor& x, int parts, int axis = 0);
Tensors split(const Tensor& x, const Dims& sizes, int axis = 0);
/// Reversed along `axes`; all axes if none are named. A view.
Tensor flip(const Tensor& x, const Dims& axes = {});

}  // namespace gradus
