#include "gradus/ops/operand_walk.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "gradus/memory/allocator.h"

namespace gradus {
namespace {

/// Elements of a tile where an operand is one value along a row: packed at the start of the row,
/// and reused.
constexpr std::int64_t kRepeatedTile = 256;
/// An operand that repeats after at most so many elements is packed once.
constexpr std::int64_t kLongestPeriod = 1536;
/// Below this extent of the innermost axis, tiles cross its ends.
constexpr std::int64_t kShortRow = 64;
/// A walk along neighbours so many bytes apart uses little of each cache line,
constexpr std::int64_t kFarStride = 64;
/// and no cache holds the lines of so many elements until it comes back.
constexpr std::int64_t kManyElements = 1 << 14;

std::int64_t item_size(const Array& array) {
  return static_cast<std::int64_t>(size_of(array.dtype));
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

}  // namespace

void repeat_packed(std::int64_t item, std::int64_t filled, std::int64_t count, std::byte* packed) {
  for (; filled < count; filled *= 2) {
    std::memcpy(packed + filled * item, packed,
                static_cast<std::size_t>(std::min(filled, count - filled) * item));
  }
}

OperandWalk::OperandWalk(const Array& output, std::span<const Array* const> inputs,
                         std::int64_t longest_tile)
    : inputs_(inputs.begin(), inputs.end()), longest_tile_(longest_tile) {
  find_axes(output);
  turn_crossing_operands(output);
  const std::int64_t row = axes_.back().extent;
  by_rows_ = axes_.size() == 1 || row >= (some_in_rows() ? kShortRow : kPackedTile / 2);
  longest_tile_ = std::min(longest_tile_, by_rows_ ? row : kPackedTile);
  operands_.resize(inputs_.size(), Operand{nullptr, 0, 0, Reading::gathered, 1});
  for (std::size_t k = 0; k < inputs_.size(); ++k) classify(k);
}

/// The axes in the order of the output's memory, without those of extent 1. At least one axis.
void OperandWalk::find_axes(const Array& output) {
  axes_.clear();
  const int rank = output.shape.rank();
  for (int i = 0; i < rank; ++i) {
    if (output.shape[i] == 1) continue;
    Axis axis{output.shape[i], output.strides[static_cast<std::size_t>(i)], {}};
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      const Array& input = *inputs_[k];
      const int own = i - (rank - input.shape.rank());
      const bool repeats = own < 0 || input.shape[own] == 1;
      axis.operand[k] = repeats ? 0 : input.strides[static_cast<std::size_t>(own)];
    }
    // Insertion sort, stable, outermost first: nothing moves if the output is row-major.
    std::size_t place = axes_.size();
    axes_.push_back(axis);
    for (; place > 0 && axes_[place - 1].output < axis.output; --place) {
      std::swap(axes_[place - 1], axes_[place]);
    }
  }
  if (axes_.empty()) axes_.push_back(Axis{1, 1, {}});
  merge_axes();
}

/// Merges neighbours where the output and every operand continue from one to the next.
void OperandWalk::merge_axes() {
  const auto continues = [&](const Axis& outer, const Axis& inner) {
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      if (outer.operand[k] != inner.operand[k] * inner.extent) return false;
    }
    return true;
  };
  std::size_t last = 0;
  for (std::size_t i = 1; i < axes_.size(); ++i) {
    if (continues(axes_[last], axes_[i])) {
      const std::int64_t extent = axes_[last].extent * axes_[i].extent;
      axes_[last] = axes_[i];
      axes_[last].extent = extent;
    } else {
      axes_[++last] = axes_[i];
    }
  }
  while (axes_.size() > last + 1) axes_.pop_back();
}

/// Copies large operands that the walk would cross in large strides, as a transposed matrix: the
/// copy goes block by block.
void OperandWalk::turn_crossing_operands(const Array& output) {
  for (std::size_t k = 0; k < inputs_.size(); ++k) {
    const Array& input = *inputs_[k];
    const std::int64_t stride = std::abs(axes_.back().operand[k]) * item_size(input);
    if (stride < kFarStride || input.shape.size() < kManyElements) continue;
    turned_.reserve(inputs_.size());  // pointers into it stay valid
    inputs_[k] = &turned_.emplace_back(laid_out_like(output, input));
  }
  if (!turned_.empty()) find_axes(output);
}

bool OperandWalk::is_flat(std::size_t k) const {
  for (const Axis& axis : axes_) {
    if (axis.operand[k] != axis.output) return false;
  }
  return true;
}

/// True if an operand is contiguous within rows, but not over their ends.
bool OperandWalk::some_in_rows() const {
  for (std::size_t k = 0; k < inputs_.size(); ++k) {
    if (axes_.back().operand[k] == 1 && !is_flat(k)) return true;
  }
  return false;
}

void OperandWalk::classify(std::size_t k) {
  const Array& input = *inputs_[k];
  Operand& operand = operands_[k];
  operand = {input.bytes(), item_size(input), k, Reading::gathered, 1};
  if (is_flat(k) || (by_rows_ && axes_.back().operand[k] == 1)) {
    operand.reading = Reading::direct;
    return;
  }
  longest_tile_ = std::min(longest_tile_, kPackedTile);
  std::size_t first = 0;  // axis along which the operand does not only repeat
  while (first < axes_.size() && axes_[first].operand[k] == 0) ++first;
  for (; first < axes_.size(); ++first) operand.period *= axes_[first].extent;
  if (operand.period <= kLongestPeriod) {
    operand.reading = Reading::periodic;
  } else if (by_rows_ && axes_.back().operand[k] == 0) {
    operand.reading = Reading::repeated;
    longest_tile_ = std::min(longest_tile_, kRepeatedTile);
  }
}

/// The element of `operand` for one place of the output.
const std::byte* OperandWalk::at(const Operand& operand, std::int64_t row,
                                 std::int64_t column) const {
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
void OperandWalk::pack(const Operand& operand, std::int64_t row, std::int64_t column,
                       std::int64_t count, std::byte* target) const {
  with_word(static_cast<std::size_t>(operand.item),
            [&]<class T>() { pack_as(operand, row, column, count, reinterpret_cast<T*>(target)); });
}

template <class T>
void OperandWalk::pack_as(const Operand& operand, std::int64_t row, std::int64_t column,
                          std::int64_t count, T* target) const {
  const std::size_t k = operand.index;
  const std::int64_t extent = axes_.back().extent;
  const std::int64_t stride = axes_.back().operand[k];
  const bool one_axis = axes_.size() == 1;
  const std::int64_t rows = one_axis ? 1 : axes_[axes_.size() - 2].extent;
  const std::int64_t step = one_axis ? 0 : axes_[axes_.size() - 2].operand[k];
  while (count > 0) {
    // Rows of one plane, one after the other.
    auto* source = reinterpret_cast<const T*>(at(operand, row, 0));
    const std::int64_t plane_end = (row / rows + 1) * rows;
    for (; row < plane_end && count > 0; ++row) {
      const std::int64_t run = std::min(count, extent - column);
      pack_row(source + column * stride, stride, run, target);
      source += step;
      target += run;
      count -= run;
      column = 0;
    }
  }
}

WalkCursor::WalkCursor(const OperandWalk& walk, std::int64_t longest_range) : walk_(walk) {
  using Reading = OperandWalk::Reading;
  const std::int64_t tile = std::min(walk.longest_tile_, longest_range);
  const auto bytes_of = [&](const OperandWalk::Operand& operand) {
    if (operand.reading == Reading::direct) return std::int64_t{0};
    const std::int64_t period = operand.reading == Reading::periodic ? operand.period : 1;
    return ((period - 1 + tile) * operand.item + 63) / 64 * 64;
  };
  std::int64_t bytes = 0;
  for (const auto& operand : walk.operands_) bytes += bytes_of(operand);
  std::byte* storage = small_storage_;
  if (bytes > static_cast<std::int64_t>(sizeof(small_storage_))) {
    large_storage_ = allocate(static_cast<std::size_t>(bytes));
    storage = large_storage_.data();
  }
  for (std::size_t k = 0; k < walk.operands_.size(); ++k) {
    const OperandWalk::Operand& operand = walk.operands_[k];
    storage_[k] = storage;
    storage += bytes_of(operand);
    if (operand.reading != Reading::periodic || tile == 0) continue;
    walk.pack(operand, 0, 0, operand.period, storage_[k]);
    repeat_packed(operand.item, operand.period, operand.period - 1 + tile, storage_[k]);
  }
}

void WalkCursor::start(std::int64_t begin, std::int64_t end) {
  const std::int64_t extent = walk_.axes_.back().extent;
  first_ = begin;
  count_ = 0;
  end_ = end;
  row_ = begin / extent;
  column_ = begin - row_ * extent;
  fresh_ = true;
}

bool WalkCursor::next() {
  const std::int64_t extent = walk_.axes_.back().extent;
  first_ += count_;
  column_ += count_;
  if (column_ >= extent) {
    row_ += column_ / extent;
    column_ %= extent;
  }
  count_ = std::min(end_ - first_, walk_.longest_tile_);
  if (count_ <= 0) return false;
  if (walk_.by_rows_) count_ = std::min(count_, extent - column_);
  for (std::size_t k = 0; k < walk_.operands_.size(); ++k) pointers_[k] = read(k);
  fresh_ = false;
  return true;
}

/// Where the elements of operand k lie side by side, from first() on.
const void* WalkCursor::read(std::size_t k) {
  using Reading = OperandWalk::Reading;
  const OperandWalk::Operand& operand = walk_.operands_[k];
  switch (operand.reading) {
    case Reading::direct:
      return walk_.at(operand, row_, column_);
    case Reading::periodic:
      return storage_[k] + (operand.period == 1 ? 0 : first_ % operand.period * operand.item);
    case Reading::repeated:
      if (fresh_ || column_ == 0) {
        walk_.pack(operand, row_, 0, std::min(walk_.longest_tile_, end_ - first_), storage_[k]);
      }
      return storage_[k];
    case Reading::gathered:
      break;
  }
  walk_.pack(operand, row_, column_, count_, storage_[k]);
  return storage_[k];
}

}  // namespace gradus
