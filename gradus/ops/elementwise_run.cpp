#include <algorithm>
#include <cstring>

#include "gradus/base/parallel.h"
#include "gradus/ops/cast.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

constexpr std::size_t kMaxOperands = 4;
/// Elements that a tile function sees at once when operands are packed; they stay in the first
/// level of the cache.
constexpr std::int64_t kTile = 512;
/// An operand that repeats after at most so many elements is packed once.
constexpr std::int64_t kLongestPeriod = 1536;
/// Elements for one thread.
constexpr std::int64_t kGrain = 1 << 15;
/// Below this extent of the innermost axis, tiles cross its ends.
constexpr std::int64_t kShortRow = 64;

/// An axis of the walk: extent, and the distance of neighbours in the output and each operand.
struct Axis {
  std::int64_t extent = 1;
  std::int64_t output = 0;
  std::int64_t operand[kMaxOperands] = {};
};
using Axes = SmallVector<Axis, 6>;

/// True if all inputs have the output's shape and one dense layout, so that axes do not matter.
bool share_layout(const KernelContext& context) {
  const Array& first = context.input(0);
  if (!(first.shape == context.output().shape)) return false;
  for (std::size_t i = 1; i < context.input_count(); ++i) {
    const Array& other = context.input(i);
    if (!(other.shape == first.shape) || !(other.strides == first.strides)) return false;
  }
  return first.is_row_major() || is_dense(first.shape, first.strides);
}

/// Gives the output storage with the layout of `strides`: that of a dying input where one fits.
void make_output(const KernelContext& context, const Strides& strides) {
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    if (context.donatable(i) && context.input(i).strides == strides && context.donate(i)) return;
  }
  context.allocate(0, strides);
}

void run_flat(const KernelContext& context, TileFunction tile) {
  make_output(context, context.input(0).strides);
  Array& output = context.output();
  parallel_for(output.shape.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    const void* pointers[kMaxOperands];
    for (std::size_t i = 0; i < context.input_count(); ++i) {
      const Array& input = context.input(i);
      pointers[i] = input.bytes() + begin * static_cast<std::int64_t>(size_of(input.dtype));
    }
    std::byte* const target =
        output.mutable_bytes() + begin * static_cast<std::int64_t>(size_of(output.dtype));
    tile(pointers, target, end - begin, context.attributes());
  });
}

/// The strides of the output: those of the first input that fills it densely, else row-major.
Strides output_strides(const KernelContext& context) {
  const Shape& shape = context.output().shape;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const Array& input = context.input(i);
    if (input.shape == shape && is_dense(shape, input.strides)) return input.strides;
  }
  return row_major(shape);
}

/// The axes in the order of the output's memory, without those of extent 1, neighbours merged where
/// the output and every operand continue from one to the next. At least one axis.
Axes walk_axes(const KernelContext& context, const Strides& strides) {
  const Shape& shape = context.output().shape;
  Axes axes;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    Axis& added = axes.emplace_back();
    added.extent = shape[axis];
    added.output = strides[static_cast<std::size_t>(axis)];
    for (std::size_t i = 0; i < context.input_count(); ++i) {
      const Array& input = context.input(i);
      const int own = axis - (shape.rank() - input.shape.rank());
      if (own >= 0 && input.shape[own] != 1) {
        added.operand[i] = input.strides[static_cast<std::size_t>(own)];
      }
    }
  }
  if (axes.empty()) return {Axis{}};
  std::stable_sort(axes.begin(), axes.end(),
                   [](const Axis& a, const Axis& b) { return a.output > b.output; });
  const auto continues = [&](const Axis& outer, const Axis& inner) {
    for (std::size_t i = 0; i < context.input_count(); ++i) {
      if (outer.operand[i] != inner.operand[i] * inner.extent) return false;
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
  axes.resize(last + 1);
  return axes;
}

template <class T>
void pack_row(const std::byte* source, std::int64_t stride, std::int64_t count, std::byte* target) {
  const T* const from = reinterpret_cast<const T*>(source);
  T* const to = reinterpret_cast<T*>(target);
  if (stride == 0) {
    std::fill_n(to, count, *from);
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = from[i * stride];
  }
}

/// `count` elements of `item` bytes, `stride` elements apart, packed side by side.
void pack_row(std::size_t item, const std::byte* source, std::int64_t stride, std::int64_t count,
              std::byte* target) {
  if (stride == 1) {
    std::memcpy(target, source, static_cast<std::size_t>(count) * item);
    return;
  }
  switch (item) {
    case 1:
      return pack_row<std::uint8_t>(source, stride, count, target);
    case 2:
      return pack_row<std::uint16_t>(source, stride, count, target);
    case 4:
      return pack_row<std::uint32_t>(source, stride, count, target);
    default:
      return pack_row<std::uint64_t>(source, stride, count, target);
  }
}

/// One operand of a strided walk.
struct Operand {
  enum class Reading {
    direct,    ///< contiguous along the output: pointers into it
    periodic,  ///< repeats after `period` elements: packed once
    gathered,  ///< packed tile by tile
  };
  const std::byte* base;
  std::size_t item;
  std::size_t index;
  Reading reading;
  std::int64_t period;
};

/// A walk over the output in the order of its memory.
class StridedWalk {
 public:
  StridedWalk(const KernelContext& context, TileFunction tile, Axes axes)
      : context_(context), tile_(tile), axes_(std::move(axes)), inner_(axes_.back()) {
    by_rows_ = axes_.size() == 1 || inner_.extent >= kShortRow;
    for (std::size_t i = 0; i < context.input_count(); ++i) classify(i);
  }

  /// Computes elements [begin, end) of the output.
  void run(std::int64_t begin, std::int64_t end) const {
    alignas(64) std::byte storage[kMaxOperands][(kTile + kLongestPeriod) * 8];
    const std::int64_t longest_tile = std::min(kTile, end - begin);
    for (std::size_t k = 0; k < context_.input_count(); ++k) {
      const Operand& operand = operands_[k];
      if (operand.reading != Operand::Reading::periodic) continue;
      pack(operand, 0, operand.period, storage[k]);
      repeat(operand, operand.period + longest_tile - 1, storage[k]);
    }
    const auto item = static_cast<std::int64_t>(size_of(context_.output().dtype));
    std::byte* const target = context_.output().mutable_bytes();
    for (std::int64_t i = begin; i < end;) {
      const std::int64_t count = std::min(end - i, tile_length(i));
      const void* pointers[kMaxOperands];
      for (std::size_t k = 0; k < context_.input_count(); ++k) {
        pointers[k] = read(operands_[k], i, count, storage[k]);
      }
      tile_(pointers, target + i * item, count, context_.attributes());
      i += count;
    }
  }

 private:
  void classify(std::size_t i) {
    const Array& input = context_.input(i);
    Operand& operand = operands_[i];
    operand = {.base = input.bytes(),
               .item = size_of(input.dtype),
               .index = i,
               .reading = Operand::Reading::gathered,
               .period = 1};
    bool flat = true;
    for (const Axis& axis : axes_) flat = flat && axis.operand[i] == axis.output;
    if (flat || (by_rows_ && inner_.operand[i] == 1)) {
      operand.reading = Operand::Reading::direct;
      return;
    }
    all_direct_ = false;
    std::size_t first = 0;  // axis along which the operand does not only repeat
    while (first < axes_.size() && axes_[first].operand[i] == 0) ++first;
    for (; first < axes_.size(); ++first) operand.period *= axes_[first].extent;
    if (operand.period <= kLongestPeriod) operand.reading = Operand::Reading::periodic;
  }

  /// The number of elements from place i that are computed at once.
  std::int64_t tile_length(std::int64_t i) const {
    const std::int64_t row = by_rows_ ? inner_.extent - i % inner_.extent : kTile;
    return all_direct_ ? row : std::min(row, kTile);
  }

  /// Where `operand` has its element for place i of the output, in elements from its base.
  std::int64_t offset(const Operand& operand, std::int64_t i) const {
    std::int64_t result = 0;
    for (std::size_t a = axes_.size() - 1; a > 0; --a) {
      result += i % axes_[a].extent * axes_[a].operand[operand.index];
      i /= axes_[a].extent;
    }
    return result + i * axes_[0].operand[operand.index];
  }

  const std::byte* at(const Operand& operand, std::int64_t i) const {
    return operand.base + offset(operand, i) * static_cast<std::int64_t>(operand.item);
  }

  /// `count` elements of `operand` for places i, i + 1, ..., packed side by side.
  void pack(const Operand& operand, std::int64_t i, std::int64_t count, std::byte* target) const {
    const std::int64_t stride = inner_.operand[operand.index];
    while (count > 0) {
      const std::int64_t run = std::min(count, inner_.extent - i % inner_.extent);
      pack_row(operand.item, at(operand, i), stride, run, target);
      target += run * static_cast<std::int64_t>(operand.item);
      i += run;
      count -= run;
    }
  }

  /// Continues a packed period up to `count` elements.
  static void repeat(const Operand& operand, std::int64_t count, std::byte* packed) {
    const auto item = static_cast<std::int64_t>(operand.item);
    if (operand.period == 1) return pack_row(operand.item, packed, 0, count, packed);
    for (std::int64_t filled = operand.period; filled < count; filled *= 2) {
      std::memcpy(packed + filled * item, packed,
                  static_cast<std::size_t>(std::min(filled, count - filled) * item));
    }
  }

  /// Elements i ... i + count of `operand`, contiguous.
  const void* read(const Operand& operand, std::int64_t i, std::int64_t count,
                   std::byte* storage) const {
    switch (operand.reading) {
      case Operand::Reading::direct:
        return at(operand, i);
      case Operand::Reading::periodic:
        return storage + i % operand.period * static_cast<std::int64_t>(operand.item);
      case Operand::Reading::gathered:
        break;
    }
    pack(operand, i, count, storage);
    return storage;
  }

  const KernelContext& context_;
  TileFunction tile_;
  Axes axes_;
  const Axis& inner_;
  bool by_rows_ = false;
  bool all_direct_ = true;
  Operand operands_[kMaxOperands];
};

void run_strided(const KernelContext& context, TileFunction tile) {
  const Strides strides = output_strides(context);
  make_output(context, strides);
  const StridedWalk walk(context, tile, walk_axes(context, strides));
  parallel_for(context.output().shape.size(), kGrain,
               [&](std::int64_t begin, std::int64_t end) { walk.run(begin, end); });
}

}  // namespace

void run_elementwise(const KernelContext& context) {
  const Array& last = context.input(context.input_count() - 1);
  const TileFunction tile = context.op().elementwise->tile(last.dtype);
  if (share_layout(context)) {
    run_flat(context, tile);
  } else {
    run_strided(context, tile);
  }
}

namespace {

/// Strides of every input broadcast to the output.
SmallVector<Strides, 3> broadcast_inputs(const KernelContext& context) {
  SmallVector<Strides, 3> strides;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const Array& input = context.input(i);
    strides.push_back(broadcast_strides(input.shape, input.strides, context.output().shape));
  }
  return strides;
}

/// The element of `array` at `offset` as a C.
template <class C>
C load(const Array& array, std::int64_t offset) {
  return with_dtype(array.dtype,
                    [&]<class T>() { return convert_element<C>(array.data<T>()[offset]); });
}

/// Every element of the row-major output by `f`, from inputs converted to C.
template <class C>
void run_reference(const KernelContext& context, C (*f)(const C*, const Attributes&)) {
  Array& output = context.allocate();
  const auto strides = broadcast_inputs(context);
  for (std::int64_t i = 0; i < output.shape.size(); ++i) {
    C values[kMaxOperands];
    for (std::size_t k = 0; k < context.input_count(); ++k) {
      std::int64_t place = i;
      std::int64_t offset = 0;
      for (int axis = output.shape.rank() - 1; axis >= 0; --axis) {
        offset += place % output.shape[axis] * strides[k][static_cast<std::size_t>(axis)];
        place /= output.shape[axis];
      }
      values[k] = load<C>(context.input(k), offset);
    }
    const C result = f(values, context.attributes());
    with_dtype(output.dtype,
               [&]<class T>() { output.mutable_data<T>()[i] = convert_element<T>(result); });
  }
}

}  // namespace

void run_elementwise_reference(const KernelContext& context) {
  const ElementwiseDef& row = *context.op().elementwise;
  const Array& last = context.input(context.input_count() - 1);
  if (is_floating(last.dtype)) {
    run_reference(context, row.real);
  } else {
    run_reference(context, row.integer);
  }
}

}  // namespace gradus
