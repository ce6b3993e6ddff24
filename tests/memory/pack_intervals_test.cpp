#include "gradus/memory/pack_intervals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace gradus {
namespace {

std::vector<Interval> random_intervals(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Interval> intervals;
  for (std::size_t i = 0; i < 1 + seed % 60; ++i) {
    const std::uint64_t start = random() % 100;
    intervals.push_back({random() % 5000, start, start + 1 + random() % 20});
  }
  return intervals;
}

/// The most bytes in use at one time: no arena can be smaller.
std::size_t most_in_use(const std::vector<Interval>& intervals) {
  std::size_t most = 0;
  for (std::uint64_t time = 0; time < 130; ++time) {
    std::size_t bytes = 0;
    for (const Interval& interval : intervals) {
      if (interval.start <= time && time < interval.end) bytes += interval.bytes;
    }
    most = std::max(most, bytes);
  }
  return most;
}

TEST(PackIntervals, NothingOverlapsInTimeAndMemory) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const auto intervals = random_intervals(seed);
    const Packing packing = pack_intervals(intervals);
    EXPECT_GE(packing.bytes, most_in_use(intervals));
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      const Interval& a = intervals[i];
      EXPECT_EQ(packing.offsets[i] % 64, 0u);
      EXPECT_LE(packing.offsets[i] + a.bytes, packing.bytes);
      for (std::size_t j = 0; j < i; ++j) {
        const Interval& b = intervals[j];
        const bool together = a.start < b.end && b.start < a.end;
        const bool overlap = packing.offsets[i] < packing.offsets[j] + b.bytes &&
                             packing.offsets[j] < packing.offsets[i] + a.bytes;
        EXPECT_FALSE(together && overlap) << "seed " << seed << ": " << i << " and " << j;
      }
    }
  }
}

TEST(PackIntervals, WhatFollowsEachOtherTakesOnePlace) {
  const Interval intervals[] = {{128, 0, 1}, {128, 1, 2}, {64, 2, 3}, {64, 2, 3}};
  const Packing packing = pack_intervals(intervals);
  EXPECT_EQ(packing.bytes, 128u);
}

TEST(PackIntervals, ABlockTakesTheSmallestGapThatHoldsIt) {
  // Gaps of 256 and 128 bytes lie free when the last block comes.
  const Interval intervals[] = {{256, 0, 4}, {64, 1, 9}, {128, 2, 4}, {64, 3, 9}, {128, 4, 9}};
  const Packing packing = pack_intervals(intervals);
  EXPECT_EQ(packing.offsets[4], packing.offsets[2]);
}

}  // namespace
}  // namespace gradus
