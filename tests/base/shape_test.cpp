#include "gradus/base/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/base/error.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Shape, CountsElements) {
  EXPECT_EQ(Shape{}.size(), 1);
  EXPECT_EQ((Shape{2, 3, 4}).size(), 24);
  EXPECT_EQ((Shape{2, 0, 4}).size(), 0);
  EXPECT_EQ((Shape{2, 3}).to_string(), "[2, 3]");
  EXPECT_EQ(Shape{}.to_string(), "[]");
}

TEST(Shape, RefusesNegativeAndHugeExtents) {
  EXPECT_EQ(message_of([] { Shape{2, -1}; }), "shape: extent -1 in [2, -1] is negative");
  const std::int64_t big = std::int64_t{1} << 40;
  EXPECT_THAT(message_of([&] { Shape({big, big}); }), HasSubstr("more than 2^62 elements"));
  EXPECT_THAT(message_of([&] { Shape({0, big, big}); }), HasSubstr("more than 2^62 elements"));
}

TEST(Shape, HoldsMoreAxesThanFitInside) {
  const Shape shape{1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
  EXPECT_EQ(shape.rank(), 10);
  EXPECT_EQ(shape.size(), 32);
  const Shape copy = shape;
  EXPECT_EQ(copy, shape);
}

TEST(BroadcastShapes, FollowsNumPy) {
  EXPECT_EQ(broadcast_shapes("add", {8, 1, 6, 1}, {7, 1, 5}), (Shape{8, 7, 6, 5}));
  EXPECT_EQ(broadcast_shapes("add", {}, {2, 3}), (Shape{2, 3}));
  EXPECT_EQ(broadcast_shapes("add", {0}, {1}), (Shape{0}));
  EXPECT_EQ(message_of([] {
              broadcast_shapes("add", {2, 3}, {2, 4});
            }),
            "add: shapes [2, 3] and [2, 4] do not broadcast: axis 1 has extents 3 and 4");
}

TEST(Strides, KnowRowMajorAndDense) {
  EXPECT_THAT(row_major({2, 3, 4}), ElementsAre(12, 4, 1));
  EXPECT_TRUE(is_row_major({2, 1, 4}, {4, 99, 1}));
  EXPECT_FALSE(is_row_major({2, 3}, {1, 2}));
  EXPECT_TRUE(is_dense({2, 3}, {1, 2}));
  EXPECT_FALSE(is_dense({2, 3}, {1, 3}));
  EXPECT_FALSE(is_dense({2, 3}, {0, 1}));
}

TEST(Axes, CountFromTheEndAndAreChecked) {
  EXPECT_EQ(normalize_axis("sum", -1, {2, 3}), 1);
  EXPECT_EQ(message_of([] {
              normalize_axis("softmax", 3, {2, 3});
            }),
            "softmax: axis 3 is out of range for shape [2, 3]");
  EXPECT_THAT(normalize_axes("sum", {-1, 0}, {2, 3}), ElementsAre(0, 1));
  EXPECT_EQ(message_of([] {
              normalize_axes("sum", {1, -1}, {2, 3});
            }),
            "sum: axis 1 appears twice in [1, -1] for shape [2, 3]");
}

}  // namespace
}  // namespace gradus
