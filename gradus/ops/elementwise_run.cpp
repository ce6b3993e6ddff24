#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "gradus/base/parallel.h"
#include "gradus/ops/elementwise.h"

// Three ways to walk over the operands of an elementwise operation:
// - flat: all lie in memory alike, or repeat whole (a scalar, a bias): runs over contiguous
// elements;
// - by rows: the innermost axis is long: a run for each row, in place or packed into tiles;
// - by tiles: the innermost axis is short: tiles cross its ends, and operands that do not lie like
//   the output are packed.

namespace gradus {
namespace {

constexpr std::size_t kMaxOperands = kMaxElementwiseInputs;
/// Elements that a tile function sees at once when operands are packed; they stay in the first
/// level of the cache.
constexpr std::int64_t kTile = 512;
/// As many, where an operand is one value along a row: packed at the start of the row, and reused.
constexpr std::int64_t kRepeatedTile = 256;
/// An operand that repeats after at most so many elements is packed once.
constexpr std::int64_t kLongestPeriod = 1536;
/// Elements for one thread.
constexpr std::int64_t kGrain = 1 << 15;
/// Below this extent of the innermost axis, tiles cross its ends.
constexpr std::int64_t kShortRow = 64;
/// A walk along neighbours so many bytes apart uses little of each cache line,
constexpr std::int64_t kFarStride = 64;
/// and no cache holds the lines of so many elements until it comes back.
constexpr std::int64_t kManyElements = 1 << 14;

std::int64_t item_size(const Array& array) {
  return static_cast<std::int64_t>(size_of(array.dtype));
}

/// Continues `filled` packed elements up to `count`, by doubling.
void repeat_packed(std::int64_t item, std::int64_t filled, std::int64_t count, std::byte* packed) {
  for (; filled < count; filled *= 2) {
    std::memcpy(packed + filled * item, packed,
                static_cast<std::size_t>(std::min(filled, count - filled) * item));
  }
}

/// `count` times `value`, a cache line at once where there is a whole one.
template <class T>
void fill_row(T value, std::int64_t count, T* target) {
  constexpr std::int64_t kLine = 64 / sizeof(T);
  if (count < kLine) {
    for (std::int64_t i = 0; i < count; ++i) target[i] = value;
    return;
  }
  T line[kLine];
  for (T& element : line) element = value;
  for (std::int64_t i = 0; i < count - kLine; i += kLine) std::memcpy(target + i, line, 64);
  std::memcpy(target + count - kLine, line, 64);
}

/// `count` elements, `stride` apart, packed side by side.
template <class T>
void pack_row(const T* source, std::int64_t stride, std::int64_t count, T* target) {
  if (stride == 1) {
    std::memcpy(target, source, static_cast<std::size_t>(count) * sizeof(T));
  } else if (stride != 0) {
    for (std::int64_t i = 0; i < count; ++i) target[i] = source[i * stride];
  } else {
    fill_row(*source, count, target);
  }
}

/// f.operator()<T>() with an unsigned type of `item` bytes.
template <class F>
void with_item(std::int64_t item, const F& f) {
  switch (item) {
    case 1:
      return f.template operator()<std::uint8_t>();
    case 2:
      return f.template operator()<std::uint16_t>();
    case 4:
      return f.template operator()<std::uint32_t>();
    default:
      return f.template operator()<std::uint64_t>();
  }
}

/// Gives the output storage with the layout of `strides`: that of a dying input where one fits.
void make_output(const KernelContext& context, const Strides& strides, bool is_row_major) {
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    if (context.donatable(i) && context.input(i).strides == strides && context.donate(i)) return;
  }
  if (is_row_major) {
    context.allocate();
  } else {
    context.allocate(0, strides);
  }
}

/// An operand that lies in memory as the output does, or repeats along it.
struct FlatOperand {
  const std::byte* base;
  std::int64_t item;
  std::int64_t period;  ///< 0: does not repeat
};
using FlatOperands = FlatOperand[kMaxOperands];

/// Elements after which `input` repeats along a row-major output: its size, if it is row-major and
/// its shape ends that of the output; else 0.
std::int64_t period_of(const Array& input, const Shape& shape) {
  if (input.shape.size() == 1) return 1;
  int first = 0;
  while (input.shape[first] == 1) ++first;
  for (int axis = input.shape.rank() - 1; axis >= first; --axis) {
    if (input.shape[axis] != shape[axis + shape.rank() - input.shape.rank()]) return 0;
  }
  return input.is_row_major() ? input.shape.size() : 0;
}

/// The first input of the output's shape, if it is dense and all others lie in memory as it does or
/// repeat; else nullptr.
const Array* find_flat_operands(const KernelContext& context, FlatOperands& operands,
                                bool& is_row_major) {
  const Shape& shape = context.output().shape;
  const Array* leader = nullptr;
  for (std::size_t k = 0; k < context.input_count(); ++k) {
    const Array& input = context.input(k);
    operands[k] = {input.bytes(), item_size(input), 0};
    if (!(input.shape == shape)) {
      operands[k].period = shape.size() > 0 ? period_of(input, shape) : 1;
      if (operands[k].period == 0) return nullptr;
    } else if (!leader) {
      leader = &input;
    } else if (!(input.strides == leader->strides)) {
      return nullptr;
    }
  }
  if (!leader) return nullptr;
  is_row_major = leader->is_row_major();
  if (is_row_major) return leader;
  for (std::size_t k = 0; k < context.input_count(); ++k) {
    if (operands[k].period > 1) return nullptr;
  }
  return is_dense(leader->shape, leader->strides) ? leader : nullptr;
}

/// Elements [begin, end) of the output, where no operand repeats.
void run_range(const KernelContext& context, TileFunction tile, const FlatOperands& operands,
               std::int64_t begin, std::int64_t end) {
  const void* pointers[kMaxOperands];
  for (std::size_t k = 0; k < context.input_count(); ++k) {
    pointers[k] = operands[k].base + begin * operands[k].item;
  }
  Array& output = context.output();
  tile(pointers, output.mutable_bytes() + begin * item_size(output), end - begin,
       context.attributes());
}

/// As run_range. A short period is packed several times over; a long one is read where it lies.
void run_repeating_range(const KernelContext& context, TileFunction tile,
                         const FlatOperands& operands, std::int64_t begin, std::int64_t end) {
  alignas(64) std::byte storage[kMaxOperands][(kTile + kShortRow) * 8];
  const std::size_t inputs = context.input_count();
  std::int64_t longest = end - begin;
  for (std::size_t k = 0; k < inputs; ++k) {
    const auto [base, item, period] = operands[k];
    if (period == 0 || period >= kShortRow) continue;
    longest = std::min(longest, kTile);
    const std::int64_t needed = period - 1 + std::min(kTile, end - begin);
    std::memcpy(storage[k], base, static_cast<std::size_t>(period * item));
    repeat_packed(item, period, needed, storage[k]);
  }
  Array& output = context.output();
  for (std::int64_t i = begin; i < end;) {
    std::int64_t count = std::min(longest, end - i);
    const void* pointers[kMaxOperands];
    for (std::size_t k = 0; k < inputs; ++k) {
      const auto [base, item, period] = operands[k];
      const std::int64_t place = period == 0 ? i : period == 1 ? 0 : i % period;
      if (period >= kShortRow) count = std::min(count, period - place);
      pointers[k] = (period == 0 || period >= kShortRow ? base : storage[k]) + place * item;
    }
    tile(pointers, output.mutable_bytes() + i * item_size(output), count, context.attributes());
    i += count;
  }
}

bool run_flat(const KernelContext& context, TileFunction tile) {
  FlatOperands operands;
  bool is_row_major = true;
  const Array* leader = find_flat_operands(context, operands, is_row_major);
  if (!leader) return false;
  bool repeats = false;
  for (std::size_t k = 0; k < context.input_count(); ++k) {
    repeats = repeats || operands[k].period != 0;
  }
  make_output(context, leader->strides, is_row_major);
  const auto run = repeats ? run_repeating_range : run_range;
  parallel_for(context.output().shape.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    run(context, tile, operands, begin, end);
  });
  return true;
}

/// An axis of the walk: extent, and the distance of neighbours in the output and each operand.
struct Axis {
  std::int64_t extent;
  std::int64_t output;
  std::int64_t operand[kMaxOperands];
};
using Axes = SmallVector<Axis, 6>;

/// The axes in the order of the output's memory, without those of extent 1, neighbours merged where
/// the output and every operand continue from one to the next. At least one axis.
void find_axes(const Array& output, std::span<const Array* const> inputs, Axes& axes) {
  const int rank = output.shape.rank();
  for (int i = 0; i < rank; ++i) {
    if (output.shape[i] == 1) continue;
    Axis axis{output.shape[i], output.strides[static_cast<std::size_t>(i)], {}};
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const Array& input = *inputs[k];
      const int own = i - (rank - input.shape.rank());
      const bool repeats = own < 0 || input.shape[own] == 1;
      axis.operand[k] = repeats ? 0 : input.strides[static_cast<std::size_t>(own)];
    }
    // Insertion sort, stable, outermost first: nothing moves if the output is row-major.
    std::size_t place = axes.size();
    axes.push_back(axis);
    for (; place > 0 && axes[place - 1].output < axis.output; --place) {
      std::swap(axes[place - 1], axes[place]);
    }
  }
  if (axes.empty()) axes.push_back(Axis{1, 1, {}});
  const auto continues = [&](const Axis& outer, const Axis& inner) {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (outer.operand[k] != inner.operand[k] * inner.extent) return false;
    }
    return true;
  };
  std::size_t last = 0;
  for (std::size_t i = 1; i < axes.size(); ++i) {
    if (continues(axes[last], axes[i])) {
      const std::int64_t extent = axes[last].extent * axes[i].extent;
      axes[last] = axes[i];
      axes[last].extent = extent;
    } else {
      axes[++last] = axes[i];
    }
  }
  while (axes.size() > last + 1) axes.pop_back();
}

/// A copy of `input`, which broadcasts to `output`, dense and with its axes in the output's order.
Array laid_out_like(const Array& output, const Array& input) {
  Array copy{.shape = input.shape, .dtype = input.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(copy);
  const int added = output.shape.rank() - input.shape.rank();
  SmallVector<int, 6> order;  // innermost first
  for (int axis = input.shape.rank() - 1; axis >= 0; --axis) {
    const auto stride_of = [&](int a) {
      return output.strides[static_cast<std::size_t>(a + added)];
    };
    std::size_t place = order.size();
    order.push_back(axis);
    for (; place > 0 && stride_of(order[place - 1]) > stride_of(axis); --place) {
      std::swap(order[place - 1], order[place]);
    }
  }
  std::int64_t step = 1;
  for (const int axis : order) {
    copy.strides[static_cast<std::size_t>(axis)] = step;
    step *= input.shape[axis];
  }
  copy_strided(input.shape, size_of(input.dtype), input.bytes(), input.strides,
               copy.mutable_bytes(), copy.strides);
  return copy;
}

/// One operand of a strided walk.
struct Operand {
  enum class Reading {
    direct,    ///< contiguous along the output: pointers into it
    repeated,  ///< one value along a row: packed for each row
    periodic,  ///< repeats after `period` elements: packed once
    gathered,  ///< packed tile by tile
  };
  const std::byte* base;
  std::int64_t item;
  std::size_t index;
  Reading reading;
  std::int64_t period;
};

/// A walk over the output in the order of its memory.
class StridedWalk {
 public:
  StridedWalk(const KernelContext& context, TileFunction tile) : context_(context), tile_(tile) {
    for (std::size_t k = 0; k < context.input_count(); ++k) inputs_[k] = &context.input(k);
    find_axes(context.output(), {inputs_, context.input_count()}, axes_);
    if (turn_crossing_operands()) {
      axes_.clear();
      find_axes(context.output(), {inputs_, context.input_count()}, axes_);
    }
    by_rows_ = axes_.size() == 1 || axes_.back().extent >= (some_in_rows() ? kShortRow : kTile / 2);
    if (by_rows_) longest_tile_ = axes_.back().extent;
    for (std::size_t k = 0; k < context.input_count(); ++k) classify(k);
  }

  /// Computes elements [begin, end) of the output.
  void run(std::int64_t begin, std::int64_t end) const {
    alignas(64) std::byte storage[kMaxOperands][(kTile + kLongestPeriod) * 8];
    const std::int64_t longest = std::min(longest_tile_, end - begin);
    const std::size_t operands = context_.input_count();
    for (std::size_t k = 0; k < operands; ++k) {
      if (operands_[k].reading != Operand::Reading::periodic) continue;
      pack(operands_[k], 0, 0, operands_[k].period, storage[k]);
      repeat_packed(operands_[k].item, operands_[k].period, operands_[k].period + longest - 1,
                    storage[k]);
    }
    const std::int64_t extent = axes_.back().extent;
    std::int64_t row = begin / extent;
    std::int64_t column = begin - row * extent;
    for (std::int64_t i = begin; i < end;) {
      std::int64_t count = std::min(end - i, longest_tile_);
      if (by_rows_) count = std::min(count, extent - column);
      const void* pointers[kMaxOperands];
      for (std::size_t k = 0; k < operands; ++k) {
        pointers[k] = read(operands_[k], i, row, column, count, i == begin, storage[k]);
      }
      Array& output = context_.output();
      tile_(pointers, output.mutable_bytes() + i * item_size(output), count, context_.attributes());
      i += count;
      column += count;
      if (column >= extent) {
        row += column / extent;
        column %= extent;
      }
    }
  }

 private:
  /// Copies large operands that the walk would cross in large strides, as a transposed matrix: the
  /// copy goes block by block. True if there was one.
  bool turn_crossing_operands() {
    for (std::size_t k = 0; k < context_.input_count(); ++k) {
      const Array& input = *inputs_[k];
      const std::int64_t stride = std::abs(axes_.back().operand[k]) * item_size(input);
      if (stride < kFarStride || input.shape.size() < kManyElements) continue;
      turned_.reserve(kMaxOperands);
      inputs_[k] = &turned_.emplace_back(laid_out_like(context_.output(), input));
    }
    return !turned_.empty();
  }

  bool is_flat(std::size_t k) const {
    for (const Axis& axis : axes_) {
      if (axis.operand[k] != axis.output) return false;
    }
    return true;
  }

  /// True if an operand is contiguous within rows, but not over their ends.
  bool some_in_rows() const {
    for (std::size_t k = 0; k < context_.input_count(); ++k) {
      if (axes_.back().operand[k] == 1 && !is_flat(k)) return true;
    }
    return false;
  }

  void classify(std::size_t k) {
    const Array& input = *inputs_[k];
    Operand& operand = operands_[k];
    operand = {input.bytes(), item_size(input), k, Operand::Reading::gathered, 1};
    if (is_flat(k) || (by_rows_ && axes_.back().operand[k] == 1)) {
      operand.reading = Operand::Reading::direct;
      return;
    }
    longest_tile_ = std::min(longest_tile_, kTile);
    std::size_t first = 0;  // axis along which the operand does not only repeat
    while (first < axes_.size() && axes_[first].operand[k] == 0) ++first;
    for (; first < axes_.size(); ++first) operand.period *= axes_[first].extent;
    if (operand.period <= kLongestPeriod) {
      operand.reading = Operand::Reading::periodic;
    } else if (by_rows_ && axes_.back().operand[k] == 0) {
      operand.reading = Operand::Reading::repeated;
      longest_tile_ = std::min(longest_tile_, kRepeatedTile);
    }
  }

  /// The element of `operand` for one place of the output.
  const std::byte* at(const Operand& operand, std::int64_t row, std::int64_t column) const {
    std::int64_t offset = column * axes_.back().operand[operand.index];
    if (axes_.size() > 1) {
      for (std::size_t a = axes_.size() - 2; a > 0; --a) {
        const std::int64_t outer = row / axes_[a].extent;
        offset += (row - outer * axes_[a].extent) * axes_[a].operand[operand.index];
        row = outer;
      }
      offset += row * axes_[0].operand[operand.index];
    }
    return operand.base + offset * operand.item;
  }

  /// `count` elements of `operand` from a place on, packed side by side.
  void pack(const Operand& operand, std::int64_t row, std::int64_t column, std::int64_t count,
            std::byte* target) const {
    with_item(operand.item, [&]<class T>() {
      pack_as(operand, row, column, count, reinterpret_cast<T*>(target));
    });
  }

  template <class T>
  void pack_as(const Operand& operand, std::int64_t row, std::int64_t column, std::int64_t count,
               T* target) const {
    const Axis& inner = axes_.back();
    const std::int64_t stride = inner.operand[operand.index];
    const Axis outer = axes_.size() > 1 ? axes_[axes_.size() - 2] : Axis{1, 0, {}};
    while (count > 0) {
      // Rows of one plane, one after the other.
      auto* source = reinterpret_cast<const T*>(at(operand, row, 0));
      const std::int64_t plane_end = (row / outer.extent + 1) * outer.extent;
      for (; row < plane_end && count > 0; ++row) {
        const std::int64_t run = std::min(count, inner.extent - column);
        pack_row(source + column * stride, stride, run, target);
        source += outer.operand[operand.index];
        target += run;
        count -= run;
        column = 0;
      }
    }
  }

  /// Where `count` elements of `operand` lie side by side, from element i = (row, column) on.
  /// `fresh`: nothing is packed yet.
  const void* read(const Operand& operand, std::int64_t i, std::int64_t row, std::int64_t column,
                   std::int64_t count, bool fresh, std::byte* storage) const {
    switch (operand.reading) {
      case Operand::Reading::direct:
        return at(operand, row, column);
      case Operand::Reading::periodic:
        return storage + (operand.period == 1 ? 0 : i % operand.period * operand.item);
      case Operand::Reading::repeated:
        if (fresh || column == 0) pack(operand, row, 0, longest_tile_, storage);
        return storage;
      case Operand::Reading::gathered:
        break;
    }
    pack(operand, row, column, count, storage);
    return storage;
  }

  const KernelContext& context_;
  TileFunction tile_;
  const Array* inputs_[kMaxOperands];
  std::vector<Array> turned_;
  Axes axes_;
  bool by_rows_ = false;
  std::int64_t longest_tile_ = kTile;
  Operand operands_[kMaxOperands];
};

/// Gives the output the layout of the first input that fills it densely, else row-major.
void make_strided_output(const KernelContext& context) {
  const Shape& shape = context.output().shape;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const Array& input = context.input(i);
    if (!(input.shape == shape)) continue;
    const bool is_row_major = input.is_row_major();
    if (!is_row_major && !is_dense(shape, input.strides)) continue;
    return make_output(context, input.strides, is_row_major);
  }
  context.allocate();
}

}  // namespace

void run_elementwise(const KernelContext& context) {
  const Array& last = context.input(context.input_count() - 1);
  const TileFunction tile = context.op().elementwise->tile(last.dtype);
  if (run_flat(context, tile)) return;
  make_strided_output(context);
  const StridedWalk walk(context, tile);
  parallel_for(context.output().shape.size(), kGrain,
               [&](std::int64_t begin, std::int64_t end) { walk.run(begin, end); });
}

}  // namespace gradus
