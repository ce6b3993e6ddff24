// Expected values: scikit-learn 1.9.1.
#include "gradus/learn/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/error_of.h"

namespace gradus::learn {
namespace {

using testing::error_of;
using Integers = std::vector<std::int64_t>;

std::vector<Integers> tests_of(const std::vector<Fold>& folds) {
  std::vector<Integers> tests;
  for (const Fold& fold : folds) tests.push_back(fold.test);
  return tests;
}

TEST(KFold, TestsOnRunsOfExamples) {
  EXPECT_EQ(tests_of(k_fold(8, {.folds = 3})),
            (std::vector<Integers>{{0, 1, 2}, {3, 4, 5}, {6, 7}}));
}

TEST(KFold, TestsOnEachExampleOnceHoweverItShuffles) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::multiset<std::int64_t> tested;
    for (const Fold& fold : k_fold(23, {.folds = 4, .shuffle_seed = seed})) {
      tested.insert(fold.test.begin(), fold.test.end());
      Integers both;
      std::merge(fold.test.begin(), fold.test.end(), fold.train.begin(), fold.train.end(),
                 std::back_inserter(both));
      ASSERT_EQ(both.size(), 23u);
      for (std::int64_t i = 0; i < 23; ++i) ASSERT_EQ(both[static_cast<std::size_t>(i)], i);
    }
    for (std::int64_t i = 0; i < 23; ++i) ASSERT_EQ(tested.count(i), 1u);
  }
  EXPECT_NE(tests_of(k_fold(23, {.shuffle_seed = 1})), tests_of(k_fold(23, {.shuffle_seed = 2})));
}

TEST(StratifiedKFold, KeepsTheSharesOfClasses) {
  const Tensor labels = Tensor::from(Integers{0, 0, 1, 1, 0, 1, 2, 2, 2, 0, 0, 1});
  EXPECT_EQ(tests_of(stratified_k_fold(labels, {.folds = 3})),
            (std::vector<Integers>{{0, 1, 2, 6}, {3, 4, 7, 9}, {5, 8, 10, 11}}));
}

TEST(Folds, RefuseNumbersThatLeaveAFoldEmpty) {
  EXPECT_EQ(error_of([] { k_fold(3, {.folds = 4}); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { k_fold(3, {.folds = 1}); }).code(), ErrorCode::invalid_argument);
  EXPECT_STREQ(error_of([] {
                 stratified_k_fold(Tensor::from(Integers{0, 0, 0, 1}), {.folds = 2});
               }).what(),
               "stratified_k_fold: takes 2 or more folds and at most one for each example of the "
               "rarest class (1), not 2");
}

}  // namespace
}  // namespace gradus::learn
