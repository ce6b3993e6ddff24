#include "gradus/ops/rearrange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "gradus/base/error.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;

/// 0, 1, 2, ... in the given shape.
Tensor counting(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  std::iota(values.begin(), values.end(), 0.f);
  return Tensor::from(values, shape);
}

/// The message of the Error that `f` throws.
template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

bool shares_storage(const Tensor& a, const Tensor& b) {
  return a.array().buffer.data() == b.array().buffer.data();
}

TEST(Reshape, KeepsRowMajorOrder) {
  const Tensor x = reshape(counting({2, 6}), {3, 4});
  EXPECT_EQ(x.shape(), (Shape{3, 4}));
  EXPECT_EQ(x.to_vector<float>(), counting({12}).to_vector<float>());
}

TEST(Reshape, WorksOutOneOpenExtent) {
  EXPECT_EQ(reshape(counting({2, 6}), {3, -1}).shape(), (Shape{3, 4}));
  EXPECT_EQ(reshape(Tensor(1.f), {-1}).shape(), (Shape{1}));
  EXPECT_EQ(reshape(counting({0, 3}), {-1, 3}).shape(), (Shape{0, 3}));
}

TEST(Reshape, NamesWhatDoesNotFit) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(message_of([&] {
              reshape(x, {4, 2});
            }),
            "reshape: shape [2, 3] has 6 elements, [4, 2] has 8");
  EXPECT_EQ(message_of([&] {
              reshape(x, {-1, -1});
            }),
            "reshape: [-1, -1] leaves more than one extent open");
  EXPECT_EQ(message_of([&] {
              reshape(x, {4, -1});
            }),
            "reshape: no extent for -1 gives [4, -1] the 6 elements of shape [2, 3]");
  EXPECT_EQ(message_of([&] {
              reshape(counting({0, 3}), {0, -1});
            }),
            "reshape: no extent for -1 gives [0, -1] the 0 elements of shape [0, 3]");
  EXPECT_EQ(message_of([&] { reshape(x, {-2, 3}); }), "shape: extent -2 in [-2, 3] is negative");
}

TEST(Reshape, MovesNothingWhereStridesAllowIt) {
  const Tensor x = counting({4, 6});
  EXPECT_TRUE(shares_storage(x, reshape(x, {2, 2, 3, 2})));
  const Tensor columns = transpose(x);  // (6, 4)
  EXPECT_TRUE(shares_storage(x, reshape(columns, {2, 3, 2, 2})));
  EXPECT_TRUE(shares_storage(x, expand_dims(columns, 1)));
}

TEST(Reshape, OfATransposeCopiesInLogicalOrder) {
  const Tensor x = reshape(transpose(counting({2, 3})), {6});
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(Flatten, MergesARangeOfAxes) {
  const Tensor x = counting({2, 3, 4, 5});
  EXPECT_EQ(flatten(x).shape(), (Shape{120}));
  EXPECT_EQ(flatten(x, 1).shape(), (Shape{2, 60}));
  EXPECT_EQ(flatten(x, 1, 2).shape(), (Shape{2, 12, 5}));
  EXPECT_EQ(flatten(x, -2, -1).shape(), (Shape{2, 3, 20}));
  EXPECT_EQ(flatten(Tensor(1.f)).shape(), (Shape{1}));
  EXPECT_EQ(message_of([&] { flatten(x, 2, 1); }),
            "flatten: axis 2 stands after axis 1 in shape [2, 3, 4, 5]");
}

TEST(ExpandDims, CountsAxesOfTheResult) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(expand_dims(x, 0).shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(expand_dims(x, 2).shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(expand_dims(x, -1).shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(expand_dims(x, -3).shape(), (Shape{1, 2, 3}));
  EXPECT_EQ(message_of([&] { expand_dims(x, 3); }),
            "expand_dims: axis 3 is out of range for a result of 3 axes, from shape [2, 3]");
}

TEST(Squeeze, DropsAxesOfExtentOne) {
  const Tensor x = counting({1, 2, 1, 3});
  EXPECT_EQ(squeeze(x).shape(), (Shape{2, 3}));
  EXPECT_EQ(squeeze(x, {0}).shape(), (Shape{2, 1, 3}));
  EXPECT_EQ(squeeze(x, {-2, 0}).shape(), (Shape{2, 3}));
  EXPECT_EQ(message_of([&] { squeeze(x, {1}); }),
            "squeeze: axis 1 of shape [1, 2, 1, 3] has extent 2, not 1");
}

TEST(Transpose, PutsInputAxesInTheGivenOrder) {
  const Tensor x = transpose(counting({2, 3, 4}), {2, 0, 1});
  EXPECT_EQ(x.shape(), (Shape{4, 2, 3}));
  // Element (k, i, j) is 12 i + 4 j + k.
  EXPECT_THAT(reshape(x, {24}).to_vector<float>(),
              ElementsAre(0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11,
                          15, 19, 23));
}

TEST(Transpose, ReversesAxesIfNoneAreNamed) {
  EXPECT_EQ(transpose(counting({2, 3, 4})).shape(), (Shape{4, 3, 2}));
  EXPECT_THAT(transpose(counting({2, 3})).to_vector<float>(), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(Transpose, NamesWrongAxes) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(message_of([&] {
              transpose(x, {0, 0});
            }),
            "transpose: axes [0, 0] are not each axis of shape [2, 3] once");
  EXPECT_EQ(message_of([&] { transpose(x, {0}); }),
            "transpose: axes [0] are not each axis of shape [2, 3] once");
  EXPECT_EQ(message_of([&] {
              transpose(x, {0, 2});
            }),
            "transpose: axis 2 is out of range for shape [2, 3]");
}

TEST(SwapAxes, TakesNegativeAxes) {
  EXPECT_EQ(swap_axes(counting({2, 3, 4}), 0, -1).shape(), (Shape{4, 3, 2}));
  EXPECT_EQ(swap_axes(counting({2, 3, 4}), 1, 1).shape(), (Shape{2, 3, 4}));
}

}  // namespace
}  // namespace gradus
