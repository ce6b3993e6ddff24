// Internal: indices read from integer tensors, and the axes around the one they index.
#pragma once

#include "gradus/core/array.h"
#include "gradus/core/op_def.h"

namespace gradus {

/// Throws Error naming `operation` unless `dtype` is an integer type.
void check_index_type(const char* operation, DType dtype);

/// The indices as row-major i64, those below 0 counted from the end of `axis` of `indexed`. Throws
/// Error naming the first that is out of range and its position.
Array read_indices(const char* operation, const Array& indices, const Shape& indexed, int axis);

/// As read_indices, for labels in [0, classes).
Array read_labels(const char* operation, const Array& labels, std::int64_t classes);

/// Some neighbouring axes of an array as one: where the element lies that has a given number in
/// row-major order.
class MergedAxes {
 public:
  /// Axes first ... last - 1.
  MergedAxes(const Array& array, int first, int last);

  /// The product of the extents.
  std::int64_t count() const { return count_; }
  /// True if the offset is number * stride().
  bool is_one_axis() const { return axes_.size() <= 1; }
  std::int64_t stride() const { return axes_.empty() ? 0 : axes_.back().stride; }
  std::int64_t offset(std::int64_t number) const {
    if (is_one_axis()) return number * stride();
    std::int64_t result = 0;
    for (std::size_t i = axes_.size(); i-- > 0;) {
      result += number % axes_[i].extent * axes_[i].stride;
      number /= axes_[i].extent;
    }
    return result;
  }

 private:
  struct Axis {
    std::int64_t extent, stride;
  };
  SmallVector<Axis, 4> axes_;  // outermost first; extents of 1 left out
  std::int64_t count_ = 1;
};

}  // namespace gradus
