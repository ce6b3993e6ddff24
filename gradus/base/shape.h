#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "gradus/base/small_vector.h"

namespace gradus {

using Dims = SmallVector<std::int64_t, 6>;

/// The extents of a tensor, outermost first. A 0-d tensor has the empty shape and one element.
class Shape {
 public:
  Shape() noexcept = default;
  Shape(std::initializer_list<std::int64_t> dims) : Shape(Dims(dims)) {}
  /// Throws Error if an extent is negative or the number of elements exceeds 2^62.
  explicit Shape(Dims dims);
  explicit Shape(std::span<const std::int64_t> dims);

  int rank() const noexcept { return static_cast<int>(dims_.size()); }
  /// The number of elements.
  std::int64_t size() const noexcept { return size_; }
  /// Extent of `axis`, 0 <= axis < rank(); not checked.
  std::int64_t operator[](int axis) const noexcept { return dims_[static_cast<std::size_t>(axis)]; }
  std::int64_t back() const noexcept { return dims_.back(); }
  const Dims& dims() const noexcept { return dims_; }
  const std::int64_t* begin() const noexcept { return dims_.begin(); }
  const std::int64_t* end() const noexcept { return dims_.end(); }

  /// "[2, 3]"
  std::string to_string() const;

  friend bool operator==(const Shape& a, const Shape& b) { return a.dims_ == b.dims_; }

 private:
  Dims dims_;
  std::int64_t size_ = 1;
};

/// Distances between neighbours along each axis, in elements; 0 along a broadcast axis.
using Strides = Dims;

/// The strides of a row-major tensor.
Strides row_major(const Shape& shape);

/// Dense strides for `shape`, its axes in memory in the order that `strides` has.
Strides dense_like(const Shape& shape, const Strides& strides);

/// True if elements with these strides lie in row-major order without gaps.
bool is_row_major(const Shape& shape, const Strides& strides);

/// True if every element of the block is used exactly once: row-major up to an order of the axes.
bool is_dense(const Shape& shape, const Strides& strides);

/// The shape that `a` and `b` broadcast to (NumPy's rule). Throws Error naming `operation`.
Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b);

/// Strides that read a tensor of `from` as if it had shape `to`. `from` must broadcast to `to`.
Strides broadcast_strides(const Shape& from, const Strides& strides, const Shape& to);

/// An axis in [0, rank), counting from the end if negative. Throws Error naming `operation`.
int normalize_axis(const char* operation, std::int64_t axis, const Shape& shape);

/// Normalised, sorted and distinct axes; all axes if `axes` is empty. Throws Error.
Dims normalize_axes(const char* operation, const Dims& axes, const Shape& shape);

}  // namespace gradus
