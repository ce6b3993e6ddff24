#include "gradus/ops/fold.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/reduce_axes.h"

namespace gradus {
namespace {

constexpr std::int64_t kPiece = 1 << 16;         // elements of a piece of work, at least
constexpr std::int64_t kPieces = 64;             // pieces of one total, at most
constexpr std::size_t kTotalsBytes = 32 * 1024;  // totals that a piece works on
constexpr std::int64_t kNarrow = 32;             // columns below which rows are taken in groups
constexpr std::size_t kLargestTotal = 24;        // bytes
constexpr std::int64_t kSmall = 1024;            // elements that need no plan

struct Axis {
  std::int64_t extent = 1;
  std::int64_t stride = 0;
  bool reduced = false;
};
using Axes = SmallVector<Axis, 6>;

std::int64_t size_of(const Axes& axes) {
  std::int64_t size = 1;
  for (const Axis& axis : axes) size *= axis.extent;
  return size;
}

/// Offset of position `index` of the space that `axes` span, the last varying fastest.
std::int64_t offset_in(const Axes& axes, std::int64_t index) {
  std::int64_t offset = 0;
  for (std::size_t i = axes.size(); i-- > 0;) {
    offset += index % axes[i].extent * axes[i].stride;
    index /= axes[i].extent;
  }
  return offset;
}

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// The axes of extent above 1 as they lie in memory, outermost first.
SmallVector<int, 6> memory_order(const Array& x) {
  SmallVector<int, 6> order;
  for (int axis = 0; axis < x.shape.rank(); ++axis) {
    if (x.shape[axis] != 1) order.push_back(axis);
  }
  const auto step = [&](std::size_t i) {
    return std::abs(x.strides[static_cast<std::size_t>(order[i])]);
  };
  for (std::size_t i = 1; i < order.size(); ++i) {  // insertion: few axes, mostly in order
    for (std::size_t k = i; k > 0 && step(k - 1) < step(k); --k) std::swap(order[k - 1], order[k]);
  }
  return order;
}

bool contains(const Dims& axes, int axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

/// Dense strides of an output whose axes lie in memory as those of the input.
Strides output_strides(const Array& x, const SmallVector<int, 6>& order, const Dims& axes,
                       bool keep_axes, int rank) {
  Strides strides(static_cast<std::size_t>(rank), 1);
  std::int64_t step = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    if (contains(axes, order[i])) continue;
    const auto gone = keep_axes ? 0 : std::count_if(axes.begin(), axes.end(), [&](std::int64_t a) {
      return a < order[i];
    });
    strides[static_cast<std::size_t>(order[i] - gone)] = step;
    step *= x.shape[order[i]];
  }
  return strides;
}

/// A copy without gaps, its axes in the order they have in memory.
Array packed(const Array& x, const SmallVector<int, 6>& order) {
  Array copy{.shape = x.shape, .dtype = x.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(copy);
  std::int64_t step = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    copy.strides[static_cast<std::size_t>(order[i])] = step;
    step *= x.shape[order[i]];
  }
  copy_strided(x.shape, gradus::size_of(x.dtype), x.bytes(), x.strides, copy.mutable_bytes(),
               copy.strides);
  return copy;
}

/// The axes from the outermost in, neighbours of one kind made one where they continue each other.
Axes merged_axes(const Array& x, const SmallVector<int, 6>& order, const Dims& axes) {
  Axes merged;
  for (const int axis : order) {
    const Axis next{x.shape[axis], x.strides[static_cast<std::size_t>(axis)], contains(axes, axis)};
    if (!merged.empty() && merged.back().reduced == next.reduced &&
        merged.back().stride == next.stride * next.extent) {
      merged.back() = {merged.back().extent * next.extent, next.stride, next.reduced};
    } else {
      merged.push_back(next);
    }
  }
  return merged;
}

/// A reduction as a two-dimensional one (over rows or over columns of planes) inside two spaces of
/// outer positions, cut into pieces.
class Folding {
 public:
  Folding(const Fold& fold, const Axes& axes) : fold_(fold) {
    std::size_t rest = axes.size();
    Axis inner{1, 1, true};  // every total of one element alone, unless there is something to fold
    if (rest > 0 && (fold.columns || axes.back().reduced)) inner = axes[--rest];
    by_rows_ = inner.reduced;
    Axis other;  // the innermost axis of the other kind
    bool found = false;
    for (std::size_t i = rest; i-- > 0;) {
      if (!found && axes[i].reduced != inner.reduced) {
        other = axes[i];
        found = true;
      } else {
        (axes[i].reduced ? reduced_ : kept_).insert(0, axes[i]);
      }
    }
    inner_kept_ = by_rows_ ? other : inner;
    inner_reduced_ = by_rows_ ? inner : other;
    stride_ = other.stride;
    cut();
  }

  /// `source` finds the elements for each piece of work.
  template <class Source>
  void run(const Source& source, const FoldResults& results) const {
    const std::int64_t kept = kept_size_ * inner_kept_.extent;
    const std::int64_t items = kept_size_ * kept_tiles_;
    const std::int64_t item_size = kept_tile_ * reduced_tile_ * group_;
    const std::int64_t grain =
        std::max<std::int64_t>(1, kPiece / std::max<std::int64_t>(1, item_size));
    if (pieces_ == 1) {
      parallel_for(items, grain, [&](std::int64_t begin, std::int64_t end) {
        source.use([&](auto& elements) {
          alignas(64) std::byte totals[kTotalsBytes];
          for (std::int64_t item = begin; item < end; ++item) {
            const Part part = part_of(item);
            fold_.clear(totals, part.count);
            take_in(elements, part, 0, totals);
            fold_.finish(totals, part.first, part.count, results);
          }
        });
      });
      return;
    }
    const Buffer partial = allocate(static_cast<std::size_t>(pieces_ * kept) * fold_.total);
    const auto totals_of = [&](std::int64_t piece, std::int64_t first) {
      return partial.data() + static_cast<std::size_t>(piece * kept + first) * fold_.total;
    };
    parallel_for(items * pieces_, grain, [&](std::int64_t begin, std::int64_t end) {
      source.use([&](auto& elements) {
        for (std::int64_t i = begin; i < end; ++i) {
          const Part part = part_of(i % items);
          std::byte* totals = totals_of(i / items, part.first);
          fold_.clear(totals, part.count);
          take_in(elements, part, i / items, totals);
        }
      });
    });
    for (std::int64_t step = 1; step < pieces_; step *= 2) {
      for (std::int64_t piece = 0; piece + step < pieces_; piece += 2 * step) {
        fold_.merge(totals_of(piece, 0), totals_of(piece + step, 0), kept);
      }
    }
    fold_.finish(partial.data(), 0, kept, results);
  }

 private:
  /// `count` neighbouring totals.
  struct Part {
    std::int64_t offset;  // of their first element in the input
    std::int64_t first;   // the first of them, counted in the output
    std::int64_t count;
  };

  /// Decides the sizes: kept_tile_ totals at a time, each over group_ outer positions of
  /// reduced_tile_ elements.
  void cut() {
    kept_size_ = size_of(kept_);
    reduced_size_ = size_of(reduced_);
    const std::int64_t length = inner_reduced_.extent;
    const auto most_totals = static_cast<std::int64_t>(kTotalsBytes / fold_.total);
    kept_tile_ = std::min(inner_kept_.extent, most_totals);
    if (by_rows_) {
      const std::int64_t rows = kPiece / std::max<std::int64_t>(1, length * reduced_size_);
      kept_tile_ = std::clamp<std::int64_t>(rows, 1, kept_tile_);
    }
    kept_tiles_ = ceil_divide(inner_kept_.extent, kept_tile_);
    reduced_tile_ = length;
    group_ = reduced_size_;
    if (kept_size_ * kept_tiles_ < kPieces) {  // else there is enough to share out
      const std::int64_t elements =
          std::max(kPiece, ceil_divide(kept_tile_ * length * reduced_size_, kPieces));
      const std::int64_t depth = std::max<std::int64_t>(1, elements / kept_tile_);
      reduced_tile_ = std::min(length, depth);
      group_ = reduced_tile_ < length ? 1 : std::clamp<std::int64_t>(depth / length, 1, group_);
    }
    reduced_tiles_ = ceil_divide(length, reduced_tile_);
    pieces_ = reduced_tiles_ * ceil_divide(reduced_size_, group_);
  }

  Part part_of(std::int64_t item) const {
    const std::int64_t outer = item / kept_tiles_;
    const std::int64_t begin = item % kept_tiles_ * kept_tile_;
    return {offset_in(kept_, outer) + begin * inner_kept_.stride,
            outer * inner_kept_.extent + begin, std::min(kept_tile_, inner_kept_.extent - begin)};
  }

  template <class Elements>
  void take_in(Elements& elements, const Part& part, std::int64_t piece, std::byte* totals) const {
    const std::int64_t begin = piece % reduced_tiles_ * reduced_tile_;
    const std::int64_t depth = std::min(reduced_tile_, inner_reduced_.extent - begin);
    const std::int64_t group = piece / reduced_tiles_ * group_;
    const std::int64_t end = std::min(group + group_, reduced_size_);
    for (std::int64_t outer = group; outer < end; ++outer) {
      const std::int64_t offset =
          part.offset + offset_in(reduced_, outer) + begin * inner_reduced_.stride;
      take_in_plane(elements, offset, part.count, depth, totals);
    }
  }

  void take_in_plane(const std::byte* x, std::int64_t offset, std::int64_t kept,
                     std::int64_t reduced, std::byte* totals) const {
    const std::byte* from = x + offset * static_cast<std::int64_t>(fold_.element);
    if (by_rows_) {
      fold_.rows(from, {kept, reduced, stride_}, totals);
    } else if (kept < kNarrow && stride_ == kept) {
      take_in_narrow(from, reduced, kept, totals);
    } else {
      fold_.columns(from, {reduced, kept, stride_}, totals);
    }
  }

  /// Rows that are computed on the way: several short ones at once, long ones by blocks.
  void take_in_plane(ComputedElements::Reader& reader, std::int64_t offset, std::int64_t rows,
                     std::int64_t columns, std::byte* totals) const {
    const std::int64_t block = kFoldBlock / static_cast<std::int64_t>(fold_.element);
    const std::int64_t group = stride_ == columns ? std::max<std::int64_t>(1, block / columns) : 1;
    for (std::int64_t row = 0; row < rows; row += group) {
      const std::int64_t height = std::min(group, rows - row);
      const std::int64_t width = std::min(block, columns);
      for (std::int64_t column = 0; column < columns; column += width) {
        const std::int64_t count = std::min(width, columns - column);
        const std::byte* from = reader.read(offset + row * stride_ + column, height * count);
        fold_.rows(from, {height, count, count},
                   totals + static_cast<std::size_t>(row) * fold_.total);
      }
    }
  }

  /// Few columns without gaps: several rows are taken as one, so that vectors are filled.
  void take_in_narrow(const std::byte* x, std::int64_t rows, std::int64_t columns,
                      std::byte* totals) const {
    std::int64_t group = 16 / std::gcd(columns, std::int64_t{16});  // whole vectors
    while (group * columns < 2 * kNarrow) group *= 2;
    const std::int64_t groups = rows / group;
    const std::int64_t wide = group * columns;
    if (groups > 1) {
      alignas(64) std::byte wide_totals[16 * kNarrow * kLargestTotal];
      fold_.clear(wide_totals, wide);
      fold_.columns(x, {groups, wide, wide}, wide_totals);
      for (std::int64_t i = 0; i < group; ++i) {
        fold_.merge(totals, wide_totals + static_cast<std::size_t>(i * columns) * fold_.total,
                    columns);
      }
      x += groups * wide * static_cast<std::int64_t>(fold_.element);
      rows -= groups * group;
    }
    fold_.columns(x, {rows, columns, columns}, totals);
  }

  const Fold& fold_;
  bool by_rows_ = true;
  Axes kept_, reduced_;  // the outer positions
  Axis inner_kept_, inner_reduced_;
  std::int64_t stride_ = 0;  // between the rows of a plane
  std::int64_t kept_size_ = 1, reduced_size_ = 1;
  std::int64_t kept_tile_ = 1, kept_tiles_ = 1;
  std::int64_t reduced_tile_ = 1, reduced_tiles_ = 1, group_ = 1;
  std::int64_t pieces_ = 1;
};

/// Elements in memory.
struct Stored {
  const std::byte* x;
  template <class F>
  void use(const F& f) const {
    f(x);
  }
};

/// Elements that are computed on the way.
struct Computed {
  const ComputedElements& elements;
  template <class F>
  void use(const F& f) const {
    elements.with_reader(
        [](void* state, ComputedElements::Reader& reader) {
          (*static_cast<const F*>(state))(reader);
        },
        const_cast<void*>(static_cast<const void*>(&f)));
  }
};

/// The results of reducing an array without elements.
void finish_nothing(const Fold& fold, std::int64_t kept, const FoldResults& results) {
  alignas(64) std::byte totals[kLargestTotal];
  fold.clear(totals, 1);
  for (std::int64_t i = 0; i < kept; ++i) fold.finish(totals, i, 1, results);
}

/// The call of every day, without a plan: few elements in row-major order, and only leading or only
/// trailing axes reduced. Returns false if it is another.
bool fold_small(const KernelContext& context, const Fold& fold, const Dims& axes,
                double parameter) {
  const Array& x = context.input();
  if (x.shape.size() == 0 || x.shape.size() > kSmall || axes.empty() || !x.is_row_major()) {
    return false;
  }
  const auto first = static_cast<int>(axes.front());
  const auto last = static_cast<int>(axes.back());
  const bool trailing = last == x.shape.rank() - 1;
  if (last - first + 1 != static_cast<int>(axes.size())) return false;
  if (!trailing && (first > 0 || !fold.columns)) return false;
  std::int64_t reduced = 1;
  for (int axis = first; axis <= last; ++axis) reduced *= x.shape[axis];
  const std::int64_t kept = x.shape.size() / reduced;
  FoldResults results{{}, parameter};
  for (std::size_t i = 0; i < context.output_count(); ++i) {
    results.outputs[i] = context.allocate(i).mutable_bytes();
  }
  alignas(64) std::byte totals[kSmall * kLargestTotal];
  fold.clear(totals, kept);
  if (trailing) {
    fold.rows(x.bytes(), {kept, reduced, reduced}, totals);
  } else {
    fold.columns(x.bytes(), {reduced, kept, kept}, totals);
  }
  fold.finish(totals, 0, kept, results);
  return true;
}

void fold_ordered(const Array& x, SmallVector<int, 6> order, const Fold& fold, const Dims& axes,
                  const FoldResults& results) {
  const std::int64_t kept = reduced_shape(x.shape, axes, false).size();
  if (kept == 0) return;
  if (x.shape.size() == 0) return finish_nothing(fold, kept, results);
  const bool reorder = !fold.columns && !order.empty() && !contains(axes, order.back());
  if (reorder) {  // what is reduced goes inside, for a fold that takes rows only
    std::stable_partition(order.begin(), order.end(), [&](int a) { return !contains(axes, a); });
  }
  const bool gaps = !order.empty() && x.strides[static_cast<std::size_t>(order.back())] != 1;
  const Array from = reorder || gaps ? packed(x, order) : x;
  Folding(fold, merged_axes(from, order, axes)).run(Stored{from.bytes()}, results);
}

}  // namespace

void fold(const Array& x, const Fold& fold, const Dims& axes, const FoldResults& results) {
  fold_ordered(x, memory_order(x), fold, axes, results);
}

bool can_fold_computed(const Array& x, const Dims& axes) {
  const Axes merged = merged_axes(x, memory_order(x), axes);
  return !merged.empty() && merged.back().reduced;
}

void fold_computed(const Array& x, const ComputedElements& elements, const Fold& fold,
                   const Dims& axes, const FoldResults& results) {
  const std::int64_t kept = reduced_shape(x.shape, axes, false).size();
  if (kept == 0) return;
  if (x.shape.size() == 0) return finish_nothing(fold, kept, results);
  Folding(fold, merged_axes(x, memory_order(x), axes)).run(Computed{elements}, results);
}

Strides folded_strides(const Array& x, const Dims& axes, bool keep_axes) {
  return output_strides(x, memory_order(x), axes, keep_axes,
                        reduced_shape(x.shape, axes, keep_axes).rank());
}

void fold(const KernelContext& context, const Fold& fold, const Dims& axes, bool keep_axes,
          double parameter) {
  if (fold_small(context, fold, axes, parameter)) return;
  const Array& x = context.input();
  const SmallVector<int, 6> order = memory_order(x);
  FoldResults results{{}, parameter};
  for (std::size_t i = 0; i < context.output_count(); ++i) {
    const int rank = context.output(i).shape.rank();
    context.allocate(i, output_strides(x, order, axes, keep_axes, rank));
    results.outputs[i] = context.output(i).mutable_bytes();
  }
  fold_ordered(x, order, fold, axes, results);
}

}  // namespace gradus
