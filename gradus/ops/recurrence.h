// Internal: what the recurrent operations have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "gradus/base/parallel.h"
#include "gradus/core/op_def.h"

// A recurrent operation goes over (time, batch, ...) step by step. Its states are kept in
// time + 1 slots: the given state, and the one after each step in the place of time, so that the
// states before all steps and those after them are two slices of one tensor. Backwards in time the
// given state stands in the last slot.

namespace gradus {

/// Sizes of a recurrence, and the order of its steps.
struct Sequence {
  std::int64_t time = 0, batch = 0, hidden = 0;
  bool reverse = false;
  const std::int64_t* lengths = nullptr;  ///< (batch) steps that count, from 0 on; nullptr: all

  /// The place in time of a step.
  std::int64_t place(std::int64_t step) const { return reverse ? time - 1 - step : step; }
  std::int64_t slot_before(std::int64_t t) const { return reverse ? t + 1 : t; }
  std::int64_t slot_after(std::int64_t t) const { return reverse ? t : t + 1; }
  std::int64_t first_slot() const { return reverse ? time : 0; }
  std::int64_t last_slot() const { return reverse ? 0 : time; }
  bool counts(std::int64_t t, std::int64_t row) const { return !lengths || t < lengths[row]; }

  /// Calls count(first, rows) for rows of [begin, end) that stand next to each other and whose step
  /// at t counts, and hold(row) for each of the others, whose state stays as it is.
  template <class Count, class Hold>
  void for_rows(std::int64_t t, std::int64_t begin, std::int64_t end, Count count,
                Hold hold) const {
    if (!lengths) return count(begin, end - begin);
    for (std::int64_t row = begin; row < end;) {
      std::int64_t next = row;
      while (next < end && counts(t, next)) ++next;
      if (next > row) count(row, next - row);
      for (row = next; row < end && !counts(t, row); ++row) hold(row);
    }
  }

  /// Calls f(begin, end) for groups of rows that go through time on their own, on several threads
  /// if there is work for them. `width`: multiply-adds of one row in one step.
  template <class F>
  void for_groups(std::int64_t width, F&& f) const {
    constexpr std::int64_t kRows = 16;       // enough that the weight is worth reading
    constexpr std::int64_t kWork = 1 << 20;  // multiply-adds worth a thread of their own
    const std::int64_t work = std::max<std::int64_t>(1, time * width);
    const std::int64_t least = std::max(kRows, (kWork + work - 1) / work);
    const std::int64_t groups = std::max<std::int64_t>(1, batch / least);
    parallel_for(batch, (batch + groups - 1) / groups, f);
  }
};

/// A row-major array (slots, batch, width) as rows of bytes.
template <class Byte>
class RowsOf {
 public:
  RowsOf(Byte* data, std::int64_t batch, std::int64_t row_bytes)
      : data_(data), batch_(batch), row_bytes_(row_bytes) {}
  Byte* at(std::int64_t slot, std::int64_t row) const {
    return data_ ? data_ + (slot * batch_ + row) * row_bytes_ : nullptr;
  }
  std::size_t row_bytes() const { return static_cast<std::size_t>(row_bytes_); }

 private:
  Byte* data_;
  std::int64_t batch_, row_bytes_;
};
using ConstRows = RowsOf<const std::byte>;
using MutableRows = RowsOf<std::byte>;

/// The rows of a row-major array whose last two axes are batch and width.
ConstRows rows_of(const Array& array);
MutableRows mutable_rows_of(Array& array);

/// True for zeros() and the like: one element everywhere, and that is 0.
bool is_constant_zero(const Array& array);
/// The shape alone, without data, if `array` is_constant_zero(); else as row_major_copy().
Array row_major_unless_zero(const Array& array);

/// Makes an output row-major, in the storage of an input where nobody needs that any more. What is
/// read of a place must be read before it is written.
Array& allocate_over(const KernelContext& context, std::size_t output, std::size_t input);

/// Writes `values` (batch, hidden) into a slot of the row-major `states` (slots, batch, hidden).
void copy_to_slot(const Array& values, Array& states, std::int64_t slot);
/// Adds `count` elements to others; nothing if `from` is nullptr.
void add_row(DType dtype, const std::byte* from, std::int64_t count, std::byte* to);
void fill_with_zeros(Array& array);

/// Row-major lengths of i64, each in [0, time]; throws Error otherwise.
Array checked_lengths(const KernelContext& context, const Array& lengths, std::int64_t time);

/// An input of a recurrent operation and the shape that it must have.
struct RecurrentInput {
  const char* name;
  std::size_t place;
  Shape shape;
};
/// Throws Error unless input 0 is (time, batch, width) of f32 or f64.
void check_projected(const InferContext& context, std::int64_t width);
/// Throws Error unless the inputs listed have the type of input 0 and these shapes.
void check_recurrent_inputs(const InferContext& context,
                            std::initializer_list<RecurrentInput> inputs);
/// Throws Error unless input `place` holds `batch` integers of i64.
void check_lengths(const InferContext& context, std::size_t place, std::int64_t batch);
/// The hidden size of a weight (gates * hidden, hidden); throws Error if it is none.
std::int64_t hidden_size_of(const InferContext& context, const Shape& weight, std::int64_t gates);

/// Numbers between -scale and scale that look irregular, for samples.
Tensor sample_wave(const Shape& shape, double scale, double start);
/// (gates * hidden, hidden), such that states neither fade nor grow much.
Tensor sample_weight(std::int64_t gates, std::int64_t hidden, double start);
/// time, 0, time - 1, 1 and so on.
Tensor sample_lengths(std::int64_t batch, std::int64_t time);

// For derivatives and compositions of small operations.

/// The states (time + 1, batch, hidden) before the steps, and those after them, in the order of
/// time.
Tensor states_before(const Tensor& states, bool reverse);
Tensor states_after(const Tensor& states, bool reverse);

/// sum over time and batch of gradients (time, batch, out)^T states (time, batch, in).
/// -> (out, in)
Tensor weight_gradient(const Tensor& gradients, const Tensor& states);

/// (time, batch, 1), bool: which steps count.
Tensor steps_that_count(const Tensor& lengths, std::int64_t time);

/// `gradient`, or zeros like `of` where it is undefined.
Tensor gradient_or_zeros(const Tensor& gradient, const Tensor& of);

}  // namespace gradus
