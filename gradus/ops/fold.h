// Internal: reductions over any axes of a strided input, by running totals.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gradus/core/op_def.h"

namespace gradus {

/// Bytes of a row that are folded together. A row that is taken in by pieces of whole blocks gives
/// the same bits as one taken in at once.
inline constexpr std::int64_t kFoldBlock = 8192;

/// Where the elements of a fold lie: `rows` rows, `stride` elements apart, of contiguous `columns`.
struct Plane {
  std::int64_t rows, columns, stride;
};

/// Where the results of a fold go.
struct FoldResults {
  std::byte* outputs[2];  ///< first elements of the operation's outputs
  double parameter;       ///< what the operation needs besides the totals, such as a divisor
};

/// A reduction as running totals of some type: how they begin, take in contiguous elements, are
/// merged, and give the results. fold() decides which elements go where.
struct Fold {
  std::size_t element;  ///< bytes of an element of the input
  std::size_t total;    ///< bytes of a running total
  void (*clear)(void* totals, std::int64_t count);
  /// totals[i] takes in row i.
  void (*rows)(const void* x, Plane plane, void* totals);
  /// totals[j] takes in column j. nullptr: fold() brings the elements into rows.
  void (*columns)(const void* x, Plane plane, void* totals);
  /// totals[i] takes in more[i].
  void (*merge)(void* totals, const void* more, std::int64_t count);
  /// Writes results first ... first + count - 1 from as many totals.
  void (*finish)(const void* totals, std::int64_t first, std::int64_t count,
                 const FoldResults& results);
};

/// Allocates and computes the outputs of a reduction of input 0 over `axes` (sorted, distinct). The
/// work is cut into pieces by size alone and their totals are merged as a binary tree, so rounding
/// errors grow with the logarithm of the size and the bits do not depend on the threads. Outputs
/// keep the order in memory of the input's axes.
void fold(const KernelContext& context, const Fold& fold, const Dims& axes, bool keep_axes,
          double parameter);

/// The same for any array, into results that lie in the order in memory of its kept axes.
void fold(const Array& x, const Fold& fold, const Dims& axes, const FoldResults& results);

/// Elements of a dense array that are never stored: they are computed where a fold needs them, each
/// once.
class ComputedElements {
 public:
  /// Computes on one thread.
  class Reader {
   public:
    virtual ~Reader() = default;
    /// Elements first ... first + count - 1 in the order of memory, up to kFoldBlock bytes of them,
    /// valid until the next call.
    virtual const std::byte* read(std::int64_t first, std::int64_t count) = 0;
  };
  virtual ~ComputedElements() = default;
  /// Calls use(state, reader) with a reader of its own.
  virtual void with_reader(void (*use)(void* state, Reader& reader), void* state) const = 0;
};

/// True if fold_computed takes elements that would lie in memory as `x` does: what is reduced must
/// be innermost.
bool can_fold_computed(const Array& x, const Dims& axes);

/// As fold() of `x`, of which shape, type and strides count, to the same bits.
void fold_computed(const Array& x, const ComputedElements& elements, const Fold& fold,
                   const Dims& axes, const FoldResults& results);

/// The strides of the result of a reduction of `x`: its axes lie in memory as those of `x`.
Strides folded_strides(const Array& x, const Dims& axes, bool keep_axes);

}  // namespace gradus
