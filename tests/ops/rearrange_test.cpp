#include "gradus/ops/rearrange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <random>

#include "../support/error_of.h"
#include "gradus/autodiff/vjp.h"
#include "gradus/ops/arithmetic.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using testing::message_of;

/// 0, 1, 2, ... in the given shape.
Tensor counting(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  std::iota(values.begin(), values.end(), 0.f);
  return Tensor::from(values, shape);
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

TEST(BroadcastTo, RepeatsWithoutMoving) {
  const Tensor row = counting({3});
  const Tensor x = broadcast_to(row, {2, 3});
  EXPECT_TRUE(shares_storage(row, x));
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(broadcast_to(counting({2, 1}), {2, 3}).to_vector<float>(),
              ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST(BroadcastTo, NamesTheAxisThatDoesNotFit) {
  EXPECT_EQ(message_of([] {
              broadcast_to(counting({3}), {2, 4});
            }),
            "broadcast_to: shape [3] does not broadcast to [2, 4]: axis 1 has extents 3 and 4");
  EXPECT_EQ(message_of([] {
              broadcast_to(counting({2, 3}), {3});
            }),
            "broadcast_to: shape [2, 3] has more axes than [3]");
}

TEST(BroadcastTo, SumsGradientsOverWhatItRepeated) {
  const Vjp f = vjp(
      [](const Tensors& x) {
        return Tensors{broadcast_to(x[0], {2, 2, 3})};
      },
      {counting({2, 1})});
  EXPECT_THAT(f.pullback({counting({2, 2, 3})})[0].to_vector<float>(),
              ElementsAre(0 + 1 + 2 + 6 + 7 + 8, 3 + 4 + 5 + 9 + 10 + 11));
}

/// x[start:stop:step] of 0 ... extent - 1 by the algorithm in Python's documentation of slice
/// objects (slice.indices), one element after the other. An open bound is no value.
std::vector<float> python_slice(std::int64_t extent, std::optional<std::int64_t> start,
                                std::optional<std::int64_t> stop, std::int64_t step) {
  const auto bound = [&](std::optional<std::int64_t> value, std::int64_t open) {
    if (!value) return open;
    std::int64_t v = *value < 0 ? *value + extent : *value;
    if (v < 0) v = step < 0 ? -1 : 0;
    if (v >= extent) v = step < 0 ? extent - 1 : extent;
    return v;
  };
  const std::int64_t first = bound(start, step < 0 ? extent - 1 : 0);
  const std::int64_t end = bound(stop, step < 0 ? -1 : extent);
  std::vector<float> result;
  for (std::int64_t i = first; step < 0 ? i > end : i < end; i += step) {
    result.push_back(static_cast<float>(i));
  }
  return result;
}

TEST(Slice, FollowsPythonForEveryBoundAndStep) {
  std::mt19937 random(3);
  const auto maybe = [&](std::int64_t low, std::int64_t high) -> std::optional<std::int64_t> {
    if (random() % 5 == 0) return std::nullopt;
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int round = 0; round < 3000; ++round) {
    const auto extent = static_cast<std::int64_t>(random() % 9);
    const auto start = maybe(-12, 12);
    const auto stop = maybe(-12, 12);
    std::int64_t step = std::uniform_int_distribution<std::int64_t>(-4, 3)(random);
    if (step >= 0) ++step;
    const Tensor x = slice(
        counting({extent}), 0,
        {.start = start.value_or(Range::kOpen), .stop = stop.value_or(Range::kOpen), .step = step});
    ASSERT_EQ(x.to_vector<float>(), python_slice(extent, start, stop, step))
        << extent << ": " << start.value_or(99) << ", " << stop.value_or(99) << ", " << step;
  }
}

TEST(Slice, TakesTheMostExtremeBoundsAndSteps) {
  const Tensor x = counting({4});
  EXPECT_THAT(slice(x, 0, {INT64_MIN, INT64_MAX, 1}).to_vector<float>(), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(slice(x, 0, {INT64_MAX - 1, INT64_MIN, -1}).to_vector<float>(),
              ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(slice(x, 0, {.step = INT64_MAX}).to_vector<float>(), ElementsAre(0));
  EXPECT_THAT(slice(x, 0, {.step = INT64_MIN}).to_vector<float>(), ElementsAre(3));
}

TEST(Slice, TakesARangeForEachLeadingAxis) {
  const Tensor x = counting({3, 4});
  const Tensor y = slice(x, {{.start = 1}, {.step = -2}});
  EXPECT_TRUE(shares_storage(x, y));
  EXPECT_EQ(y.shape(), (Shape{2, 2}));
  EXPECT_THAT(y.to_vector<float>(), ElementsAre(7, 5, 11, 9));
  EXPECT_THAT(slice(x, {{0, 1}}).to_vector<float>(), ElementsAre(0, 1, 2, 3));
}

TEST(Slice, OfSlicesAreTheSliceOfTheWhole) {
  const Tensor x = slice(slice(counting({20}), 0, {2, 18, 2}), 0, {.step = -3});
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(16, 10, 4));
}

TEST(Slice, NamesMistakes) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(message_of([&] {
              slice(x, 1, {0, 2, 0});
            }),
            "slice: the step along axis 1 of shape [2, 3] is 0");
  EXPECT_EQ(message_of([&] {
              slice(x, {{}, {}, {}});
            }),
            "slice: 3 ranges for the 2 axes of shape [2, 3]");
  EXPECT_EQ(message_of([&] { slice(x, 2, {}); }), "slice: axis 2 is out of range for shape [2, 3]");
}

TEST(Slice, PutsItsGradientIntoZeros) {
  const Vjp f = vjp([](const Tensors& x) { return Tensors{slice(x[0], 1, {.step = -2})}; },
                    {counting({2, 4})});
  EXPECT_THAT(f.pullback({Tensor{{1, 2}, {3, 4}}})[0].to_vector<float>(),
              ElementsAre(0, 2, 0, 1, 0, 4, 0, 3));
}

TEST(Select, DropsTheAxis) {
  const Tensor x = counting({2, 3});
  EXPECT_THAT(select(x, 0, 1).to_vector<float>(), ElementsAre(3, 4, 5));
  EXPECT_THAT(select(x, 1, -1).to_vector<float>(), ElementsAre(2, 5));
  EXPECT_EQ(select(x, 1, 0).shape(), (Shape{2}));
  EXPECT_EQ(select(counting({3}), 0, 2).item<float>(), 2);
  EXPECT_EQ(message_of([&] { select(x, 1, 3); }),
            "select: index 3 is out of range for axis 1 of shape [2, 3]");
  EXPECT_EQ(message_of([&] { select(x, -1, -4); }),
            "select: index -4 is out of range for axis -1 of shape [2, 3]");
}

TEST(Pad, SurroundsTheInput) {
  const Tensor x = pad(Tensor{{1, 2}, {3, 4}}, {1, 0}, {0, 2}, 9);
  EXPECT_EQ(x.shape(), (Shape{3, 4}));
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9));
  EXPECT_EQ(pad(Tensor(4.f), {}, {}).item<float>(), 4);
  EXPECT_THAT(pad(counting({0}), {1}, {1}, 5).to_vector<float>(), ElementsAre(5, 5));
}

TEST(Pad, KeepsChannelsLastInMemory) {
  const Tensor x = transpose(counting({2, 4, 4, 3}), {0, 3, 1, 2});  // (2, 3, 4, 4)
  const Tensor padded = pad(x, {0, 0, 1, 1}, {0, 0, 1, 1});
  EXPECT_EQ(padded.array().strides, (Strides{108, 1, 18, 3}));
  EXPECT_EQ(slice(padded, {{}, {}, {1, 5}, {1, 5}}).to_vector<float>(), x.to_vector<float>());
}

TEST(Pad, NamesMistakes) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(message_of([&] {
              pad(x, {1}, {1, 1});
            }),
            "pad: before [1] and after [1, 1] need one number for each axis of shape [2, 3]");
  EXPECT_EQ(message_of([&] {
              pad(x, {0, -1}, {0, 0});
            }),
            "pad: -1 before and 0 after axis 1 of shape [2, 3]: neither may be negative");
}

TEST(Concatenate, JoinsAlongAnyAxis) {
  const Tensor a{{1, 2}, {3, 4}};
  const Tensor b{{5, 6}, {7, 8}};
  EXPECT_THAT(concatenate({a, b}).to_vector<float>(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(concatenate({a, b}, -1).to_vector<float>(), ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
  EXPECT_EQ(concatenate({a, counting({0, 2})}).shape(), (Shape{2, 2}));
}

TEST(Concatenate, PromotesElementTypes) {
  const Tensor x = concatenate({Tensor::from(std::vector<std::int32_t>{1}), Tensor{2.5f}});
  EXPECT_EQ(x.signature(), "f32[2]");
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(1, 2.5f));
}

TEST(Concatenate, KeepsChannelsLastInMemory) {
  const Tensor x = transpose(counting({2, 4, 5, 3}), {0, 3, 1, 2});  // (2, 3, 4, 5)
  EXPECT_EQ(concatenate({x, x}, 1).array().strides, (Strides{120, 1, 30, 6}));
}

TEST(Concatenate, NamesAxisAndShapes) {
  EXPECT_EQ(message_of([] {
              concatenate({counting({2, 3}), counting({2, 4})}, 0);
            }),
            "concatenate: tensors 0 and 1 of shapes [2, 3] and [2, 4] differ along axis 1, but are "
            "joined along axis 0");
  EXPECT_EQ(message_of([] {
              concatenate({counting({2, 3}), counting({2})}, 0);
            }),
            "concatenate: tensors 0 and 1 of shapes [2, 3] and [2] differ in the number of axes");
  EXPECT_EQ(message_of([] {
              concatenate({counting({2}), counting({2})}, 1);
            }),
            "concatenate: axis 1 is out of range for shape [2]");
  EXPECT_EQ(message_of([] { concatenate({}); }), "concatenate: there are no tensors to join");
}

TEST(Stack, MakesANewAxis) {
  const Tensor a{1, 2};
  const Tensor b{3, 4};
  EXPECT_THAT(stack({a, b}).to_vector<float>(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(stack({a, b}, 1).to_vector<float>(), ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(stack({a, b}, -1).to_vector<float>(), ElementsAre(1, 3, 2, 4));
  EXPECT_EQ(stack({Tensor(1.f), Tensor(2.f)}).shape(), (Shape{2}));
  EXPECT_EQ(message_of([&] {
              stack({a, counting({3})});
            }),
            "stack: tensors 0 and 1 differ in shape: [2] and [3]");
}

TEST(Split, CutsIntoViews) {
  const Tensor x = counting({2, 6});
  const Tensors thirds = split(x, 3, 1);
  ASSERT_EQ(thirds.size(), 3u);
  EXPECT_TRUE(shares_storage(x, thirds[2]));
  EXPECT_THAT(thirds[1].to_vector<float>(), ElementsAre(2, 3, 8, 9));
  const Tensors parts = split(x, {1, 0, 5}, -1);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].shape(), (Shape{2, 0}));
  EXPECT_THAT(parts[2].to_vector<float>(), ElementsAre(1, 2, 3, 4, 5, 7, 8, 9, 10, 11));
}

TEST(Split, GradientIsZeroForPartsThatAreNotUsed) {
  const Vjp f = vjp([](const Tensors& x) { return Tensors{split(x[0], 3)[1]}; }, {counting({6})});
  EXPECT_THAT(f.pullback({Tensor{7, 8}})[0].to_vector<float>(), ElementsAre(0, 0, 7, 8, 0, 0));
}

TEST(Split, NamesAxisAndShape) {
  const Tensor x = counting({2, 5});
  EXPECT_EQ(message_of([&] { split(x, 2, 1); }),
            "split: axis 1 of shape [2, 5] has extent 5, which is not 2 equal parts");
  EXPECT_EQ(message_of([&] { split(x, 0, 1); }),
            "split: axis 1 of shape [2, 5] has extent 5, which is not 0 equal parts");
  EXPECT_EQ(message_of([&] {
              split(x, {2, 2}, 1);
            }),
            "split: sizes [2, 2] are not parts of axis 1 of shape [2, 5], extent 5");
  EXPECT_EQ(message_of([&] {
              split(x, {7, -2}, 1);
            }),
            "split: sizes [7, -2] are not parts of axis 1 of shape [2, 5], extent 5");
}

TEST(Flip, ReversesAxes) {
  const Tensor x = counting({2, 3});
  EXPECT_TRUE(shares_storage(x, flip(x)));
  EXPECT_THAT(flip(x).to_vector<float>(), ElementsAre(5, 4, 3, 2, 1, 0));
  EXPECT_THAT(flip(x, {0}).to_vector<float>(), ElementsAre(3, 4, 5, 0, 1, 2));
  EXPECT_THAT(flip(x, {-1}).to_vector<float>(), ElementsAre(2, 1, 0, 5, 4, 3));
  EXPECT_EQ(message_of([&] { flip(x, {2}); }), "flip: axis 2 is out of range for shape [2, 3]");
}

TEST(Views, AreNotOverwrittenThroughEachOther) {
  // Every operand dies with the expression, so its storage could be reused if the shared views did
  // not count as holders.
  const Tensor x = counting({4});
  const Tensor y = flip(x) + slice(x, 0, {}) * 2.0;
  EXPECT_THAT(y.to_vector<float>(), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace gradus
