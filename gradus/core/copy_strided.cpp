#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "gradus/base/parallel.h"
#include "gradus/core/array.h"

// A copy between two strided places is brought to planes of rows and columns whose innermost loop
// is one of four: contiguous on both sides, transposed, repeated or reversed; or else any strides.
// 128-bit vectors of the baseline instruction set: the loops wait for memory, not for shuffles.

namespace gradus {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Block = hn::FixedTag<T, 16 / sizeof(T)>;
template <class T>
constexpr std::int64_t kBlock = 16 / sizeof(T);

struct Axis {
  std::int64_t extent, source, target;
};
using Axes = SmallVector<Axis, 6>;

/// Axes of extent 1 dropped, ordered by target stride (outermost first), neighbours merged where
/// both sides continue.
Axes simplify(const Shape& shape, const Strides& source, const Strides& target) {
  Axes axes;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto place = static_cast<std::size_t>(i);
    if (shape[i] == 1) continue;
    axes.push_back({shape[i], source[place], target[place]});
    for (std::size_t k = axes.size() - 1; k > 0 && axes[k - 1].target < axes[k].target; --k) {
      std::swap(axes[k - 1], axes[k]);
    }
  }
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

/// Transposes a square of kBlock<T> by kBlock<T> elements: rows of the source lie `source_step`
/// apart, rows of the target `target_step`. Each pass interleaves the two halves of the rows.
/// Written as folds over I = 0 ... kBlock<T> - 1, so that the rows stay in registers.
template <class T, std::size_t... I>
void transpose_block(const T* HWY_RESTRICT source, std::int64_t source_step, T* HWY_RESTRICT target,
                     std::int64_t target_step, std::index_sequence<I...>) {
  constexpr Block<T> d;
  constexpr std::size_t half = sizeof...(I) / 2;
  hn::Vec<Block<T>> rows[] = {hn::LoadU(d, source + static_cast<std::int64_t>(I) * source_step)...};
  for (std::size_t pass = 1; pass < sizeof...(I); pass *= 2) {
    const hn::Vec<Block<T>> next[] = {
        (I % 2 == 0 ? hn::InterleaveLower(d, rows[I / 2], rows[I / 2 + half])
                    : hn::InterleaveUpper(d, rows[I / 2], rows[I / 2 + half]))...};
    ((rows[I] = next[I]), ...);
  }
  (hn::StoreU(rows[I], d, target + static_cast<std::int64_t>(I) * target_step), ...);
}

/// Rows contiguous in the source, columns in the target. Walked by squares inside strips of one
/// cache line's width; the last square of a side overlaps the one before it.
template <class T>
void transpose_plane(const T* source, T* target, const Axis& row, const Axis& column) {
  constexpr std::int64_t n = kBlock<T>;
  constexpr std::int64_t kStrip = 64 / sizeof(T);
  for (std::int64_t strip = 0; strip < column.extent; strip += kStrip) {
    const std::int64_t end = std::min(strip + kStrip, column.extent);
    for (std::int64_t r = 0; r < row.extent; r += n) {
      const std::int64_t r0 = std::min(r, row.extent - n);
      for (std::int64_t c = strip; c < end; c += n) {
        const std::int64_t c0 = std::min(c, column.extent - n);
        transpose_block(source + c0 * column.source + r0, column.source,
                        target + r0 * row.target + c0, row.target, std::make_index_sequence<n>());
      }
    }
  }
}

template <class T>
void fill(T value, T* target, std::int64_t count) {
  constexpr Block<T> d;
  constexpr std::int64_t n = kBlock<T>;
  if (value == T(0)) {  // the system's memset knows how to write large blocks past the caches
    std::memset(target, 0, static_cast<std::size_t>(count) * sizeof(T));
    return;
  }
  const auto repeated = hn::Set(d, value);
  std::int64_t i = 0;
  for (; i + n <= count; i += n) hn::StoreU(repeated, d, target + i);
  for (; i < count; ++i) target[i] = value;
}

template <class T>
hn::Vec<Block<T>> reversed(hn::Vec<Block<T>> v) {
  constexpr Block<T> d;
  if constexpr (sizeof(T) == 1) {
    alignas(16) constexpr T kBackwards[] = {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    return hn::TableLookupBytes(v, hn::Load(d, kBackwards));
  } else {
    return hn::Reverse(d, v);
  }
}

/// target[i] = source[-i]
template <class T>
void reverse(const T* source, T* target, std::int64_t count) {
  constexpr Block<T> d;
  constexpr std::int64_t n = kBlock<T>;
  std::int64_t i = 0;
  for (; i + n <= count; i += n) {
    hn::StoreU(reversed<T>(hn::LoadU(d, source - i - (n - 1))), d, target + i);
  }
  for (; i < count; ++i) target[i] = source[-i];
}

template <class T>
void copy_line(const T* source, T* target, const Axis& line) {
  if (line.target == 1 && line.source == 1) {
    std::memcpy(target, source, static_cast<std::size_t>(line.extent) * sizeof(T));
  } else if (line.target == 1 && line.source == 0) {
    fill(*source, target, line.extent);
  } else if (line.target == 1 && line.source == -1) {
    reverse(source, target, line.extent);
  } else {
    for (std::int64_t i = 0; i < line.extent; ++i) {
      *target = *source;
      source += line.source;
      target += line.target;
    }
  }
}

template <class T>
void copy_plane(const T* source, T* target, const Axis& row, const Axis& column) {
  const bool transposed = row.source == 1 && column.target == 1 && column.source != 1;
  if (transposed && row.extent >= kBlock<T> && column.extent >= kBlock<T>) {
    transpose_plane(source, target, row, column);
    return;
  }
  // Lines of a few strided elements cost more than writing out of order.
  const bool by_column = column.extent < 8 && column.extent < row.extent && column.source != 1;
  const Axis& line = by_column ? row : column;
  const Axis& across = by_column ? column : row;
  for (std::int64_t i = 0; i < across.extent; ++i) {
    copy_line(source + i * across.source, target + i * across.target, line);
  }
}

/// Moves the axis that is contiguous in the source next to the innermost, where a transposition by
/// squares can use it.
void pair_contiguous_axes(Axes& axes) {
  const std::size_t last = axes.size() - 1;
  if (axes[last].target != 1 || axes[last].source == 1) return;
  for (std::size_t i = 0; i < last; ++i) {
    if (axes[i].source != 1) continue;
    const Axis row = axes[i];
    axes.erase(i);
    axes.insert(last - 1, row);
    return;
  }
}

template <class T>
void copy_axes(Axes& axes, const T* source, T* target) {
  if (axes.empty()) {
    *target = *source;
    return;
  }
  pair_contiguous_axes(axes);
  const std::size_t outer = axes.size() - std::min<std::size_t>(axes.size(), 2);
  const Axis column = axes.back();
  const Axis row = axes.size() > 1 ? axes[outer] : Axis{1, 0, 0};
  std::int64_t planes = 1;
  for (std::size_t i = 0; i < outer; ++i) planes *= axes[i].extent;

  // The unit of work is a plane or, of large planes, some rows; small units are done by the dozen.
  constexpr std::int64_t kGrain = 1 << 16;
  constexpr std::int64_t kRows = 64;
  const std::int64_t rows = std::min(row.extent, (kGrain / column.extent + kRows) / kRows * kRows);
  const std::int64_t parts = (row.extent + rows - 1) / rows;
  const auto copy_unit = [&](std::int64_t unit) {
    const std::int64_t first = unit % parts * rows;
    std::int64_t plane = unit / parts;
    std::int64_t s = first * row.source;
    std::int64_t t = first * row.target;
    for (std::size_t i = outer; i-- > 0;) {
      const std::int64_t position = plane % axes[i].extent;
      plane /= axes[i].extent;
      s += position * axes[i].source;
      t += position * axes[i].target;
    }
    copy_plane(source + s, target + t, {std::min(rows, row.extent - first), row.source, row.target},
               column);
  };
  parallel_for(planes * parts, std::max<std::int64_t>(1, kGrain / (rows * column.extent)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t unit = begin; unit < end; ++unit) copy_unit(unit);
               });
}

}  // namespace

void copy_strided(const Shape& shape, std::size_t item, const std::byte* source,
                  const Strides& source_strides, std::byte* target, const Strides& target_strides) {
  if (shape.size() == 0) return;
  Axes axes = simplify(shape, source_strides, target_strides);
  with_word(item, [&]<class T>() {
    copy_axes(axes, reinterpret_cast<const T*>(source), reinterpret_cast<T*>(target));
  });
}

}  // namespace gradus
