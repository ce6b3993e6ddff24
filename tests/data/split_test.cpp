#include "gradus/data/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "gradus/base/error.h"
#include "tests/support/error_of.h"

namespace gradus::data {
namespace {

using gradus::testing::error_of;
using Indices = std::vector<std::int64_t>;

/// Throws nothing, fails the test unless the parts are ascending and hold 0 ... count - 1 once.
void expect_partition(const Split& split, std::int64_t count) {
  Indices all;
  for (const Indices* part : {&split.train, &split.validation, &split.test}) {
    EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
    all.insert(all.end(), part->begin(), part->end());
  }
  std::sort(all.begin(), all.end());
  ASSERT_EQ(static_cast<std::int64_t>(all.size()), count);
  for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(all[static_cast<std::size_t>(i)], i);
}

TEST(Split, GivesEachPartItsShare) {
  for (const std::int64_t count : {0, 1, 2, 7, 100, 1797}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const Split split = split_at_random(count, {.key = Key(seed)});
      expect_partition(split, count);
      const auto n = static_cast<double>(count);
      EXPECT_LE(std::abs(static_cast<double>(split.train.size()) - 0.70 * n), 1) << count;
      EXPECT_LE(std::abs(static_cast<double>(split.validation.size()) - 0.15 * n), 1) << count;
      EXPECT_LE(std::abs(static_cast<double>(split.test.size()) - 0.15 * n), 1) << count;
    }
  }
}

TEST(Split, DependsOnTheKeyAlone) {
  const Split a = split_at_random(100, {.key = Key(1)});
  EXPECT_EQ(a.train, split_at_random(100, {.key = Key(1)}).train);
  EXPECT_NE(a.train, split_at_random(100, {.key = Key(2)}).train);
}

TEST(Split, CanLeavePartsOut) {
  const Split split = split_at_random(10, {.train = 0.9, .validation = 0.1, .test = 0});
  EXPECT_EQ(split.train.size(), 9u);
  EXPECT_EQ(split.validation.size(), 1u);
  EXPECT_TRUE(split.test.empty());
}

TEST(Split, IsUniform) {
  // Example 0 is in the training part in 70 of 100 draws: binomial, deviation sqrt(1000 * 0.21).
  int inside = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Split split = split_at_random(20, {.key = Key(seed)});
    inside += split.train.front() == 0 ? 1 : 0;
  }
  EXPECT_NEAR(inside, 700, 5 * std::sqrt(210));
}

TEST(Split, KeepsTheSharesOfTheClasses) {
  std::vector<std::int64_t> labels;
  const std::map<std::int64_t, int> sizes = {{0, 50}, {1, 50}, {2, 50}, {7, 3}, {9, 411}};
  for (const auto& [label, size] : sizes)
    labels.insert(labels.end(), static_cast<std::size_t>(size), label);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Split split = split_by_class(Tensor::from(labels), {.key = Key(seed)});
    expect_partition(split, static_cast<std::int64_t>(labels.size()));
    const auto of_class = [&](const Indices& part, std::int64_t label) {
      return std::count_if(part.begin(), part.end(), [&](std::int64_t i) {
        return labels[static_cast<std::size_t>(i)] == label;
      });
    };
    for (const auto& [label, size] : sizes) {
      EXPECT_NEAR(static_cast<double>(of_class(split.train, label)), 0.70 * size, 2);
      EXPECT_NEAR(static_cast<double>(of_class(split.validation, label)), 0.15 * size, 2);
      EXPECT_NEAR(static_cast<double>(of_class(split.test, label)), 0.15 * size, 2);
    }
    EXPECT_NEAR(static_cast<double>(split.train.size()), 0.70 * 564, 1);
  }
}

TEST(Split, RefusesSharesThatAreNotPartsOfOne) {
  EXPECT_EQ(
      error_of([] { split_at_random(10, {.train = 0.7, .validation = 0.2, .test = 0.2}); }).what(),
      std::string("split_at_random: the shares 0.7, 0.2 and 0.2 are not parts of 1"));
  EXPECT_EQ(
      error_of([] { split_at_random(10, {.train = 1.5, .validation = -0.5, .test = 0}); }).code(),
      ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { split_at_random(10, {.train = NAN}); }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              split_by_class(Tensor{1, 2});
            }).what(),
            std::string("split_by_class: takes integer labels (examples), not f32[2]"));
}

}  // namespace
}  // namespace gradus::data
