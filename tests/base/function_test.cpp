#include "gradus/base/function.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace gradus {
namespace {

int twice(int x) { return 2 * x; }

TEST(Function, CallsWhatItHolds) {
  const int three = 3;
  EXPECT_EQ(Function<int(int)>(twice)(4), 8);
  EXPECT_EQ(Function<int(int)>([three](int x) { return three * x; })(4), 12);
  EXPECT_EQ(Function<double(int)>(twice)(4), 8.0);
  std::string text;
  Function<void(const std::string&)>([&text](const std::string& more) { text += more; })("abc");
  EXPECT_EQ(text, "abc");
}

TEST(Function, TakesArgumentsThatCannotBeCopied) {
  const Function<int(std::unique_ptr<int>)> f = [](std::unique_ptr<int> value) { return *value; };
  EXPECT_EQ(f(std::make_unique<int>(5)), 5);
}

TEST(Function, HoldsNothingWhereItWasGivenNothing) {
  EXPECT_FALSE(Function<int(int)>());
  EXPECT_FALSE(Function<int(int)>(nullptr));
  EXPECT_FALSE(Function<int(int)>(static_cast<int (*)(int)>(nullptr)));
  EXPECT_FALSE(Function<int(int)>(std::function<int(int)>()));
  EXPECT_FALSE(Function<double(int)>(Function<int(int)>()));
  EXPECT_TRUE(Function<double(int)>(Function<int(int)>(twice)));
}

TEST(Function, ACopyHasItsOwnState) {
  Function<int()> counter = [count = 0]() mutable { return ++count; };
  EXPECT_EQ(counter(), 1);
  const Function<int()> copy = counter;
  EXPECT_EQ(counter(), 2);
  EXPECT_EQ(counter(), 3);
  EXPECT_EQ(copy(), 2);
  counter = copy;
  EXPECT_EQ(counter(), 3);
}

TEST(Function, IsAStandardFunctionAndBack) {
  const std::function<int(int)> standard = Function<int(int)>(twice);
  const Function<int(int)> ours = standard;
  EXPECT_EQ(ours(21), 42);
}

}  // namespace
}  // namespace gradus
