// Internal: what the reductions share.
#pragma once

#include "gradus/core/op_def.h"

// What the reductions share: their attributes, their shape rule, and how a strided input falls
// apart into the axes that stay and the axes that go.

namespace gradus {

/// `axes` are normalised: sorted, distinct, from the front; only a 0-d input has none.
struct ReduceAttributes {
  Dims axes;
  bool keep_axes = false;
  void fields(FieldVisitor& v) const {
    v("axes", axes);
    v("keep_axes", keep_axes);
  }
};

/// Attributes of a call; throws Error naming `operation` for a wrong axis or an undefined tensor.
ReduceAttributes reduce_attributes(const char* operation, const Tensor& x, const Dims& axes,
                                   bool keep_axes);

/// The shape of a reduction's result.
Shape reduced_shape(const Shape& shape, const Dims& axes, bool keep_axes);

/// The number of elements behind each element of the result.
std::int64_t reduced_count(const Shape& shape, const Dims& axes);

/// A gradient (or result) of a reduction of `x`, brought to a shape that broadcasts against x.
Tensor with_kept_axes(const Tensor& reduced, const Tensor& x, const ReduceAttributes& attributes);

/// Throws Error for f16 and bf16, on which nothing is computed.
void refuse_half(const char* operation, DType dtype);

/// An input seen as a set of places (kept axes) with a set of elements each (reduced axes).
struct ReduceView {
  Shape kept, reduced;
  Strides kept_strides, reduced_strides;
};
ReduceView view_of(const Array& input, const Dims& axes);

/// Offset of element `index`, counted in row-major order. Slow and plain: for reference kernels.
std::int64_t offset_of(std::int64_t index, const Shape& shape, const Strides& strides);

}  // namespace gradus
