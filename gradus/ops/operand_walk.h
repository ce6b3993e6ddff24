// Internal: a walk over a dense output in the order of its memory, beside operands of any strides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/array.h"

namespace gradus {

/// The most operands of a walk.
inline constexpr std::size_t kMaxWalkOperands = 16;

/// Elements that a tile function sees at once when operands are packed; they stay in the first
/// level of the cache.
inline constexpr std::int64_t kPackedTile = 512;

/// How to go over an output so that the elements of every operand lie side by side, tile by tile:
/// - by rows: the innermost axis is long: a run for each row, in place or packed into tiles;
/// - by tiles: the innermost axis is short: tiles cross its ends, and operands that do not lie like
///   the output are packed.
class OperandWalk {
 public:
  /// `output` needs shape and dense strides; `inputs` broadcast to it and outlive the walk. Tiles
  /// are at most `longest_tile` elements long.
  OperandWalk(const Array& output, std::span<const Array* const> inputs, std::int64_t longest_tile);

  /// True if input k lies in memory as the output does, so that it is read in place.
  bool is_flat(std::size_t k) const;
  /// True if the tiles of input k are copied before they are seen.
  bool packs(std::size_t k) const { return operands_[k].reading != Reading::direct; }

 private:
  friend class WalkCursor;

  enum class Reading {
    direct,    ///< contiguous along the output: pointers into it
    repeated,  ///< one value along a row: packed for each row
    periodic,  ///< repeats after `period` elements: packed once
    gathered,  ///< packed tile by tile
  };
  struct Operand {
    const std::byte* base;
    std::int64_t item;
    std::size_t index;
    Reading reading;
    std::int64_t period;
  };
  /// Extent, and the distance of neighbours in the output and each operand.
  struct Axis {
    std::int64_t extent;
    std::int64_t output;
    std::array<std::int64_t, kMaxWalkOperands> operand;
  };

  void find_axes(const Array& output);
  void merge_axes();
  void turn_crossing_operands(const Array& output);
  bool some_in_rows() const;
  void classify(std::size_t k);
  const std::byte* at(const Operand& operand, std::int64_t row, std::int64_t column) const;
  void pack(const Operand& operand, std::int64_t row, std::int64_t column, std::int64_t count,
            std::byte* target) const;
  template <class T>
  void pack_as(const Operand& operand, std::int64_t row, std::int64_t column, std::int64_t count,
               T* target) const;

  SmallVector<const Array*, 4> inputs_;
  std::vector<Array> turned_;
  SmallVector<Axis, 4> axes_;
  bool by_rows_ = false;
  std::int64_t longest_tile_;
  SmallVector<Operand, 4> operands_;
};

/// One thread's place in a walk.
class WalkCursor {
 public:
  /// For ranges of up to `longest_range` elements.
  WalkCursor(const OperandWalk& walk, std::int64_t longest_range);
  WalkCursor(const WalkCursor&) = delete;
  WalkCursor& operator=(const WalkCursor&) = delete;

  /// Goes to the start of elements [begin, end) of the output, counted in the order of its memory.
  void start(std::int64_t begin, std::int64_t end);
  /// Goes on to the next tile; false at the end of the range.
  bool next();

  /// Where the elements of each operand lie for this tile.
  const void* const* operands() const { return pointers_; }
  std::int64_t first() const { return first_; }
  std::int64_t count() const { return count_; }

 private:
  const void* read(std::size_t k);

  const OperandWalk& walk_;
  const void* pointers_[kMaxWalkOperands];
  std::byte* storage_[kMaxWalkOperands];
  std::int64_t first_ = 0, count_ = 0, end_ = 0;
  std::int64_t row_ = 0, column_ = 0;  // of first_ in the innermost axis
  bool fresh_ = true;                  // nothing is packed yet
  Buffer large_storage_;
  alignas(64) std::byte small_storage_[1 << 14];
};

/// Continues `filled` packed elements of `item` bytes up to `count`, by doubling.
void repeat_packed(std::int64_t item, std::int64_t filled, std::int64_t count, std::byte* packed);

}  // namespace gradus
