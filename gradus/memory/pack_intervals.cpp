#include "gradus/memory/pack_intervals.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace gradus {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t rounded_up(std::size_t bytes) {
  return std::max<std::size_t>(1, (bytes + kAlignment - 1) / kAlignment) * kAlignment;
}

/// The free places of an arena that grows.
class Gaps {
 public:
  std::size_t take(std::size_t bytes) {
    const auto fitting = by_size_.lower_bound({bytes, 0});
    if (fitting == by_size_.end()) return grow(bytes);
    const auto [size, offset] = *fitting;
    remove(offset, size);
    if (size > bytes) insert(offset + bytes, size - bytes);
    return offset;
  }

  void give_back(std::size_t offset, std::size_t bytes) {
    auto after = by_offset_.lower_bound(offset);
    if (after != by_offset_.end() && after->first == offset + bytes) {
      bytes += after->second;
      remove(after->first, after->second);
    }
    after = by_offset_.lower_bound(offset);
    if (after != by_offset_.begin()) {
      const auto [before, size] = *std::prev(after);
      if (before + size == offset) {
        remove(before, size);
        offset = before;
        bytes += size;
      }
    }
    insert(offset, bytes);
  }

  std::size_t end() const { return end_; }

 private:
  /// The last gap, if it reaches the end, is part of what is added.
  std::size_t grow(std::size_t bytes) {
    std::size_t offset = end_;
    if (!by_offset_.empty()) {
      const auto [last, size] = *by_offset_.rbegin();
      if (last + size == end_) {
        remove(last, size);
        offset = last;
      }
    }
    end_ = offset + bytes;
    return offset;
  }
  void insert(std::size_t offset, std::size_t bytes) {
    by_offset_.emplace(offset, bytes);
    by_size_.emplace(bytes, offset);
  }
  void remove(std::size_t offset, std::size_t bytes) {
    by_offset_.erase(offset);
    by_size_.erase({bytes, offset});
  }

  std::map<std::size_t, std::size_t> by_offset_;           // sizes
  std::set<std::pair<std::size_t, std::size_t>> by_size_;  // (size, offset)
  std::size_t end_ = 0;
};

std::vector<std::size_t> indices_by(std::span<const Interval> intervals,
                                    std::uint64_t Interval::*time) {
  std::vector<std::size_t> order(intervals.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return intervals[a].*time < intervals[b].*time;
  });
  return order;
}

}  // namespace

Packing pack_intervals(std::span<const Interval> intervals) {
  Packing packing;
  packing.offsets.resize(intervals.size());
  const std::vector<std::size_t> by_end = indices_by(intervals, &Interval::end);
  Gaps gaps;
  std::size_t freed = 0;
  for (const std::size_t i : indices_by(intervals, &Interval::start)) {
    for (; freed < by_end.size(); ++freed) {
      const Interval& over = intervals[by_end[freed]];
      if (over.end > intervals[i].start) break;
      gaps.give_back(packing.offsets[by_end[freed]], rounded_up(over.bytes));
    }
    packing.offsets[i] = gaps.take(rounded_up(intervals[i].bytes));
  }
  packing.bytes = gaps.end();
  return packing;
}

}  // namespace gradus
