#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kTake, kTakeAlongAxis, kScatterAdd, kScatterAddAlongAxis, kOneHot, kSort, kTopK;

/// Slices of `x` along `axis` at `indices` (any integer shape): the axis is replaced by the shape
/// of the indices. Indices in [-n, n); others throw Error when evaluated.
Tensor take(const Tensor& x, const Tensor& indices, int axis = 0);
/// result[..., i, ...] = x[..., indices[..., i, ...], ...]; indices has x's rank.
Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis);
/// `x` with updates added to its slices along `axis` at `indices`; repeated indices add up, in
/// order.
Tensor scatter_add(const Tensor& x, const Tensor& indices, const Tensor& updates, int axis = 0);
/// The counterpart of take_along_axis.
Tensor scatter_add_along_axis(const Tensor& x, const Tensor& indices, const Tensor& updates,
                              int axis);
/// 1 at the index, 0 elsewhere. (...) -> (..., classes). Indices out of [0, classes) throw Error.
Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype = DType::f32);

enum class Order { ascending, descending };
struct Sorted {
  Tensor values;
  Tensor indices;  ///< i64
};
/// Stable; NaN is last in ascending order (NumPy), first in descending.
Sorted sort(const Tensor& x, int axis = -1, Order order = Order::ascending);
Tensor argsort(const Tensor& x, int axis = -1, Order order = Order::ascending);
/// The k largest along `axis`, largest first.
Sorted top_k(const Tensor& x, std::int64_t k, int axis = -1);

}  // namespace gradus
