#include "gradus/base/small_vector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace gradus {
namespace {

/// A counted reference, as Tensor is one.
class Handle {
 public:
  explicit Handle(int* count) : count_(count) { ++*count_; }
  Handle(const Handle& other) : count_(other.count_) {
    ++*count_;
    ++copies;
  }
  Handle(Handle&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Handle& operator=(Handle other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~Handle() {
    if (count_) --*count_;
  }
  static inline int copies = 0;

 private:
  int* count_;
};

}  // namespace

template <>
inline constexpr bool kMovesAsBytes<Handle> = true;

namespace {

using ::testing::ElementsAre;

TEST(SmallVector, MovesFromInsideToTheHeapAndBack) {
  SmallVector<std::string, 2> words{"one", "two"};
  words.push_back("three");
  EXPECT_THAT(words, ElementsAre("one", "two", "three"));
  SmallVector<std::string, 2> moved = std::move(words);
  EXPECT_TRUE(words.empty());
  words = {"again"};
  EXPECT_THAT(words, ElementsAre("again"));
  EXPECT_THAT(moved, ElementsAre("one", "two", "three"));
  moved = words;
  EXPECT_EQ(moved, words);
}

TEST(SmallVector, InsertsAndErases) {
  SmallVector<int, 3> numbers{1, 3};
  numbers.insert(1, 2);
  numbers.insert(0, 0);
  EXPECT_THAT(numbers, ElementsAre(0, 1, 2, 3));
  numbers.erase(1);
  EXPECT_THAT(numbers, ElementsAre(0, 2, 3));
}

TEST(SmallVector, HoldsHandlesWithoutCopyingThoseItIsGiven) {
  int count = 0;
  const Handle kept(&count);
  Handle::copies = 0;
  {
    SmallVector<Handle, 2> handles{Handle(&count), kept, Handle(&count)};
    EXPECT_EQ(count, 4);
    EXPECT_EQ(Handle::copies, 1);
    SmallVector<Handle, 2> moved = std::move(handles);
    moved.pop_back();
    SmallVector<Handle, 2> few{kept};
    few = std::move(moved);
    for (int i = 0; i < 100; ++i) few.push_back(Handle(&count));
    EXPECT_EQ(count, 103);
    EXPECT_EQ(Handle::copies, 2);
  }
  EXPECT_EQ(count, 1);
}

TEST(SmallVector, IsSeldomMovedWhileItGrowsStepByStep) {
  SmallVector<int, 4> numbers;
  const int one = 1;
  int moves = 0;
  for (int i = 0; i < 5000; ++i) {
    const int* before = numbers.data();
    numbers.resize(numbers.size() + 1);
    moves += numbers.data() != before;
    before = numbers.data();
    numbers.append(&one, &one + 1);
    moves += numbers.data() != before;
  }
  EXPECT_LT(moves, 15);  // twice the room each time
}

TEST(SmallVector, BehavesAsAVectorUnderRandomUse) {
  std::mt19937 random(3);
  SmallVector<std::shared_ptr<int>, 4> small;
  std::vector<std::shared_ptr<int>> plain;
  for (int i = 0; i < 20000; ++i) {
    switch (random() % 5) {
      case 0:
      case 1: {
        auto value = std::make_shared<int>(i);
        small.push_back(value);
        plain.push_back(value);
        break;
      }
      case 2:
        if (!plain.empty()) {
          const std::size_t at = random() % plain.size();
          small.erase(at);
          plain.erase(plain.begin() + static_cast<std::ptrdiff_t>(at));
        }
        break;
      case 3: {
        auto copy = small;
        small = std::move(copy);
        break;
      }
      default:
        if (plain.size() > 12) {
          small.resize(2);
          plain.resize(2);
        }
    }
    ASSERT_TRUE(std::equal(small.begin(), small.end(), plain.begin(), plain.end()));
  }
  for (const auto& value : plain) EXPECT_EQ(value.use_count(), 2);
}

}  // namespace
}  // namespace gradus
