#include <algorithm>
#include <cstring>
#include <limits>

#include "gradus/base/parallel.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/operand_walk.h"

// Operands that all lie in memory alike, or repeat whole (a scalar, a bias), are taken in runs over
// contiguous elements; others by an OperandWalk.

namespace gradus {
namespace {

constexpr std::size_t kMaxOperands = kMaxElementwiseInputs;
/// Elements for one thread.
constexpr std::int64_t kGrain = 1 << 15;
/// An operand that repeats after fewer elements is packed several times over.
constexpr std::int64_t kShortPeriod = 64;

std::int64_t item_size(const Array& array) {
  return static_cast<std::int64_t>(size_of(array.dtype));
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
  alignas(64) std::byte storage[kMaxOperands][(kPackedTile + kShortPeriod) * 8];
  const std::size_t inputs = context.input_count();
  std::int64_t longest = end - begin;
  for (std::size_t k = 0; k < inputs; ++k) {
    const auto [base, item, period] = operands[k];
    if (period == 0 || period >= kShortPeriod) continue;
    longest = std::min(longest, kPackedTile);
    const std::int64_t needed = period - 1 + std::min(kPackedTile, end - begin);
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
      if (period >= kShortPeriod) count = std::min(count, period - place);
      pointers[k] = (period == 0 || period >= kShortPeriod ? base : storage[k]) + place * item;
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
  SmallVector<const Array*, kMaxOperands> inputs;
  for (std::size_t k = 0; k < context.input_count(); ++k) inputs.push_back(&context.input(k));
  Array& output = context.output();
  const OperandWalk walk(output, {inputs.data(), inputs.size()},
                         std::numeric_limits<std::int64_t>::max());
  parallel_for(output.shape.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    WalkCursor cursor(walk, end - begin);
    for (cursor.start(begin, end); cursor.next();) {
      tile(cursor.operands(), output.mutable_bytes() + cursor.first() * item_size(output),
           cursor.count(), context.attributes());
    }
  });
}

}  // namespace gradus
