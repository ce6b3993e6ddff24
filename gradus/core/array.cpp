#include "gradus/core/array.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"

namespace gradus {
namespace {

struct Axis {
  std::int64_t extent, source, target;
};
using Axes = SmallVector<Axis, 6>;

/// Axes of extent 1 dropped, ordered by target stride (outermost first), neighbours merged where
/// both sides continue.
Axes simplify(const Shape& shape, const Strides& source, const Strides& target) {
  Axes axes;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::size_t>(i);
    if (shape[i] != 1) axes.push_back({shape[i], source[axis], target[axis]});
  }
  std::stable_sort(axes.begin(), axes.end(),
                   [](const Axis& a, const Axis& b) { return a.target > b.target; });
  Axes merged;
  for (const Axis& axis : axes) {
    if (!merged.empty() && merged.back().source == axis.source * axis.extent &&
        merged.back().target == axis.target * axis.extent) {
      merged.back() = {merged.back().extent * axis.extent, axis.source, axis.target};
    } else {
      merged.push_back(axis);
    }
  }
  return merged;
}

/// The two innermost axes, as a plane of `rows` by `columns` elements of type T. Walked in blocks
/// so that a transposed copy touches each cache line once.
template <class T>
void copy_plane(const T* source, T* target, const Axis& row, const Axis& column) {
  if (column.source == 1 && column.target == 1) {
    for (std::int64_t r = 0; r < row.extent; ++r) {
      std::memcpy(target + r * row.target, source + r * row.source,
                  static_cast<std::size_t>(column.extent) * sizeof(T));
    }
    return;
  }
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t r0 = 0; r0 < row.extent; r0 += kBlock) {
    const std::int64_t r1 = std::min(r0 + kBlock, row.extent);
    for (std::int64_t c0 = 0; c0 < column.extent; c0 += kBlock) {
      const std::int64_t c1 = std::min(c0 + kBlock, column.extent);
      for (std::int64_t r = r0; r < r1; ++r) {
        const T* from = source + r * row.source;
        T* to = target + r * row.target;
        for (std::int64_t c = c0; c < c1; ++c) to[c * column.target] = from[c * column.source];
      }
    }
  }
}

template <class T>
void copy_axes(const Axes& axes, const T* source, T* target) {
  if (axes.empty()) {
    *target = *source;
    return;
  }
  const Axis column = axes.back();
  const Axis row = axes.size() > 1 ? axes[axes.size() - 2] : Axis{1, 0, 0};
  std::int64_t planes = 1;
  for (std::size_t i = 0; i + 2 < axes.size(); ++i) planes *= axes[i].extent;
  constexpr std::int64_t kGrain = 1 << 16;
  const auto copy_one = [&](std::int64_t plane, const Axis& rows, std::int64_t first_row) {
    std::int64_t s = first_row * row.source;
    std::int64_t t = first_row * row.target;
    for (std::size_t i = axes.size() > 2 ? axes.size() - 2 : 0; i-- > 0;) {
      const std::int64_t position = plane % axes[i].extent;
      plane /= axes[i].extent;
      s += position * axes[i].source;
      t += position * axes[i].target;
    }
    copy_plane(source + s, target + t, rows, column);
  };
  if (planes == 1) {
    parallel_for(row.extent, std::max<std::int64_t>(1, kGrain / column.extent),
                 [&](std::int64_t begin, std::int64_t end) {
                   copy_one(0, {end - begin, row.source, row.target}, begin);
                 });
    return;
  }
  const std::int64_t plane_size = std::max<std::int64_t>(1, row.extent * column.extent);
  parallel_for(planes, std::max<std::int64_t>(1, kGrain / plane_size),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t plane = begin; plane < end; ++plane) copy_one(plane, row, 0);
               });
}

}  // namespace

void allocate_row_major(Array& array) {
  array.strides = row_major(array.shape);
  array.offset = 0;
  array.buffer = allocate(static_cast<std::size_t>(array.shape.size()) * size_of(array.dtype));
}

Array row_major_copy(const Array& array) {
  if (array.is_row_major()) return array;
  Array copy{.shape = array.shape, .dtype = array.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(copy);
  copy_strided(array.shape, size_of(array.dtype), array.bytes(), array.strides,
               copy.mutable_bytes(), copy.strides);
  return copy;
}

void copy_strided(const Shape& shape, std::size_t item, const std::byte* source,
                  const Strides& source_strides, std::byte* target, const Strides& target_strides) {
  if (shape.size() == 0) return;
  const Axes axes = simplify(shape, source_strides, target_strides);
  const auto copy_as = [&]<class T>() {
    copy_axes(axes, reinterpret_cast<const T*>(source), reinterpret_cast<T*>(target));
  };
  switch (item) {
    case 1:
      return copy_as.template operator()<std::uint8_t>();
    case 2:
      return copy_as.template operator()<std::uint16_t>();
    case 4:
      return copy_as.template operator()<std::uint32_t>();
    default:
      return copy_as.template operator()<std::uint64_t>();
  }
}

}  // namespace gradus
