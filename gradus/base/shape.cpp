#include "gradus/base/shape.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"

namespace gradus {

Shape::Shape(std::span<const std::int64_t> dims) : Shape(Dims(dims.begin(), dims.end())) {}

Shape::Shape(Dims dims) : dims_(std::move(dims)) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 62;
  std::int64_t nonzero = 1;  // checked over the non-zero extents: an empty shape must be sane too
  for (const std::int64_t extent : dims_) {
    if (extent < 0) {
      throw Error(ErrorCode::shape, "shape",
                  fmt::format("extent {} in [{}] is negative", extent, fmt::join(dims_, ", ")));
    }
    if (extent > 0 && nonzero > kLimit / extent) {
      throw Error(ErrorCode::shape, "shape",
                  fmt::format("[{}] has more than 2^62 elements", fmt::join(dims_, ", ")));
    }
    size_ *= extent;
    nonzero *= std::max<std::int64_t>(extent, 1);
  }
}

std::string Shape::to_string() const { return fmt::format("[{}]", fmt::join(dims_, ", ")); }

Strides row_major(const Shape& shape) {
  Strides strides(static_cast<std::size_t>(shape.rank()), 1);
  std::int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<std::size_t>(axis)] = step;
    step *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

Strides dense_like(const Shape& shape, const Strides& strides) {
  SmallVector<std::size_t, 6> axes;  // outermost in memory first
  for (std::size_t axis = 0; axis < strides.size(); ++axis) axes.push_back(axis);
  std::stable_sort(axes.begin(), axes.end(),
                   [&](std::size_t a, std::size_t b) { return strides[a] > strides[b]; });
  Strides result(strides.size(), 1);
  std::int64_t step = 1;
  for (std::size_t i = axes.size(); i-- > 0;) {
    result[axes[i]] = step;
    step *= std::max<std::int64_t>(shape[static_cast<int>(axes[i])], 1);
  }
  return result;
}

bool is_row_major(const Shape& shape, const Strides& strides) {
  std::int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] == 0) return true;
    if (shape[axis] != 1 && strides[static_cast<std::size_t>(axis)] != step) return false;
    step *= shape[axis];
  }
  return true;
}

bool is_dense(const Shape& shape, const Strides& strides) {
  if (shape.size() <= 1) return true;
  SmallVector<std::pair<std::int64_t, std::int64_t>, 6> axes;  // (stride, extent)
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] > 1) axes.emplace_back(strides[static_cast<std::size_t>(axis)], shape[axis]);
  }
  std::sort(axes.begin(), axes.end());
  std::int64_t step = 1;
  for (const auto& [stride, extent] : axes) {
    if (stride != step) return false;
    step *= extent;
  }
  return true;
}

Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b) {
  if (a == b) return a;
  const int rank = std::max(a.rank(), b.rank());
  Dims dims(static_cast<std::size_t>(rank), 1);
  for (int i = 1; i <= rank; ++i) {
    const std::int64_t left = i <= a.rank() ? a[a.rank() - i] : 1;
    const std::int64_t right = i <= b.rank() ? b[b.rank() - i] : 1;
    if (left != right && left != 1 && right != 1) {
      throw Error(ErrorCode::shape, operation,
                  fmt::format("shapes {} and {} do not broadcast: axis {} has extents {} and {}",
                              a.to_string(), b.to_string(), rank - i, left, right),
                  {a, b});
    }
    dims[static_cast<std::size_t>(rank - i)] = left == 1 ? right : left;
  }
  return Shape(std::move(dims));
}

Strides broadcast_strides(const Shape& from, const Strides& strides, const Shape& to) {
  Strides result(static_cast<std::size_t>(to.rank()), 0);
  const int shift = to.rank() - from.rank();
  for (int axis = 0; axis < from.rank(); ++axis) {
    const bool repeats = from[axis] == 1 && to[axis + shift] != 1;
    result[static_cast<std::size_t>(axis + shift)] =
        repeats ? 0 : strides[static_cast<std::size_t>(axis)];
  }
  return result;
}

int normalize_axis(const char* operation, std::int64_t axis, const Shape& shape) {
  const std::int64_t rank = shape.rank();
  if (axis < -rank || axis >= rank) {
    throw Error(ErrorCode::index, operation,
                fmt::format("axis {} is out of range for shape {}", axis, shape.to_string()),
                {shape});
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Dims normalize_axes(const char* operation, const Dims& axes, const Shape& shape) {
  Dims result;
  if (axes.empty()) {
    for (int axis = 0; axis < shape.rank(); ++axis) result.push_back(axis);
    return result;
  }
  for (const std::int64_t axis : axes) result.push_back(normalize_axis(operation, axis, shape));
  std::sort(result.begin(), result.end());
  const auto* repeated = std::adjacent_find(result.begin(), result.end());
  if (repeated != result.end()) {
    throw Error(ErrorCode::index, operation,
                fmt::format("axis {} appears twice in [{}] for shape {}", *repeated,
                            fmt::join(axes, ", "), shape.to_string()),
                {shape});
  }
  return result;
}

}  // namespace gradus
