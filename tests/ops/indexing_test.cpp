#include "gradus/ops/indexing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "../support/error_of.h"
#include "gradus/autodiff/vjp.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using testing::message_of;

Tensor counting(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  std::iota(values.begin(), values.end(), 0.f);
  return Tensor::from(values, shape);
}

template <class T = std::int64_t>
Tensor indices(const std::vector<T>& values) {
  return Tensor::from(values);
}

TEST(Take, PutsTheShapeOfTheIndicesInPlaceOfTheAxis) {
  const Tensor x = counting({3, 4});
  const Tensor at = Tensor::from(std::vector<std::int32_t>{2, 0, 1, 2}, {2, 2});
  EXPECT_EQ(take(x, at, 0).shape(), (Shape{2, 2, 4}));
  EXPECT_EQ(take(x, at, 1).shape(), (Shape{3, 2, 2}));
  EXPECT_EQ(take(x, Tensor(1), 0).shape(), (Shape{4}));
  EXPECT_THAT(take(x, indices({2, 0}), 0).to_vector<float>(),
              ElementsAre(8, 9, 10, 11, 0, 1, 2, 3));
  EXPECT_THAT(take(x, indices({3, 3}), 1).to_vector<float>(), ElementsAre(3, 3, 7, 7, 11, 11));
}

TEST(Take, CountsNegativeIndicesFromTheEnd) {
  EXPECT_THAT(take(counting({4}), indices({-1, -4, 1})).to_vector<float>(), ElementsAre(3, 0, 1));
}

TEST(Take, ReadsEveryIntegerType) {
  const Tensor x = counting({300});
  EXPECT_THAT(take(x, indices<std::uint8_t>({255, 1})).to_vector<float>(), ElementsAre(255, 1));
  EXPECT_THAT(take(x, indices<std::int32_t>({299, -1})).to_vector<float>(), ElementsAre(299, 299));
  EXPECT_EQ(message_of([&] { take(x, Tensor{1.f}); }), "take: indices are u8, i32 or i64, not f32");
}

TEST(Take, NamesTheIndexItsPlaceAndTheExtent) {
  const Tensor x = counting({5, 3});
  const Tensor at = Tensor::from(std::vector<std::int64_t>{0, 1, 2, 3, 4, 7}, {2, 3});
  EXPECT_EQ(message_of([&] { take(x, at, 0).eval(); }),
            "take: index 7 at position [1, 2] of shape [2, 3] is out of range for axis 0 of shape "
            "[5, 3]");
  EXPECT_EQ(message_of([&] {
              take(x, indices({0, -4}), 1).eval();
            }),
            "take: index -4 at position [1] of shape [2] is out of range for axis 1 of shape "
            "[5, 3]");
  EXPECT_EQ(message_of([&] { take(counting({0}), Tensor(0)).eval(); }),
            "take: index 0 at position [] of shape [] is out of range for axis 0 of shape [0]");
}

TEST(Take, FromViewsIsTakeFromCopies) {
  const Tensor x = counting({6, 5, 4});
  const Tensor at = indices({3, 0, -1, 1});
  const Tensor views[] = {transpose(x), transpose(x, {1, 2, 0}), flip(x),
                          slice(x, {{1, 6, 2}, {0, 4}, {}}), swap_axes(x, 1, 2)};
  for (const Tensor& view : views) {
    const Tensor copy = Tensor::from(view.to_vector<float>(), view.shape());
    for (int axis = 0; axis < 3; ++axis) {
      if (view.dim(axis) < 4) continue;
      EXPECT_EQ(take(view, at, axis).to_vector<float>(), take(copy, at, axis).to_vector<float>())
          << view.shape().to_string() << ", axis " << axis;
    }
  }
}

TEST(Take, AddsTheGradientsOfARowThatWasTakenTwice) {
  const Vjp f = vjp(
      [](const Tensors& x) {
        return Tensors{take(x[0], indices({1, 2, 1}))};
      },
      {counting({3, 2})});
  EXPECT_THAT(f.pullback({Tensor{{1, 2}, {10, 20}, {100, 200}}})[0].to_vector<float>(),
              ElementsAre(0, 0, 101, 202, 10, 20));
}

TEST(TakeAlongAxis, PicksOneOfEachLine) {
  const Tensor x{{5, 6, 7}, {8, 9, 10}};
  const Tensor labels = Tensor::from(std::vector<std::int64_t>{2, 0}, {2, 1});
  EXPECT_THAT(take_along_axis(x, labels, 1).to_vector<float>(), ElementsAre(7, 8));
  const Tensor rows = Tensor::from(std::vector<std::int64_t>{1, 0, -1}, {1, 3});
  EXPECT_THAT(take_along_axis(x, rows, 0).to_vector<float>(), ElementsAre(8, 6, 10));
}

TEST(TakeAlongAxis, FromViewsIsFromCopies) {
  const Tensor x = transpose(counting({4, 3, 5}), {2, 0, 1});  // (5, 4, 3)
  const Tensor copy = Tensor::from(x.to_vector<float>(), x.shape());
  std::mt19937 random(4);
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<std::int64_t> at(60);
    for (auto& index : at) index = static_cast<std::int64_t>(random() % 3);
    const Tensor picks = Tensor::from(at, x.shape());
    EXPECT_EQ(take_along_axis(x, picks, axis).to_vector<float>(),
              take_along_axis(copy, picks, axis).to_vector<float>());
  }
}

TEST(TakeAlongAxis, NamesShapesAndIndices) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(message_of([&] {
              take_along_axis(x, indices({0, 1}), 1);
            }),
            "take_along_axis: indices of shape [2] and x of shape [2, 3] differ in more than axis "
            "1");
  const Tensor bad = Tensor::from(std::vector<std::int64_t>{0, 3}, {2, 1});
  EXPECT_EQ(message_of([&] { take_along_axis(x, bad, 1).eval(); }),
            "take_along_axis: index 3 at position [1, 0] of shape [2, 1] is out of range for axis "
            "1 of shape [2, 3]");
}

TEST(ScatterAdd, AddsRepeatedIndicesInOrder) {
  // In f32, 2^24 + 1 is 2^24: only in this order is the sum 2.
  const Tensor updates{16777216, 1, -16777216, 1, 1};
  const Tensor x = scatter_add(zeros({2}), indices({1, 1, 1, 1, 1}), updates);
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(0, 2));
}

TEST(ScatterAdd, CountsLikeAPlainLoop) {
  std::mt19937 random(5);
  for (const Shape& shape : {Shape{7, 3}, Shape{50, 200}, Shape{4, 6, 70}}) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const std::int64_t extent = shape[axis];
      std::vector<std::int64_t> at(40);
      for (auto& index : at) {
        index = static_cast<std::int64_t>(random() % static_cast<unsigned>(extent));
      }
      Dims dims = shape.dims();
      dims[static_cast<std::size_t>(axis)] = 40;
      const Tensor updates = counting(Shape(dims));
      const Tensor x = counting(shape);
      std::vector<float> expected = x.to_vector<float>();
      std::int64_t inner = 1;
      for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
      const std::int64_t outer = shape.size() / inner / extent;
      for (std::int64_t o = 0; o < outer; ++o) {
        for (std::int64_t i = 0; i < 40; ++i) {
          for (std::int64_t c = 0; c < inner; ++c) {
            expected[static_cast<std::size_t>(
                (o * extent + at[static_cast<std::size_t>(i)]) * inner + c)] +=
                static_cast<float>((o * 40 + i) * inner + c);
          }
        }
      }
      EXPECT_EQ(scatter_add(x, indices(at), updates, axis).to_vector<float>(), expected);
      EXPECT_EQ(x.to_vector<float>(), counting(shape).to_vector<float>());
    }
  }
}

TEST(ScatterAdd, GivesTheSameBitsOnAnyNumberOfThreads) {
  std::mt19937 random(6);
  std::vector<float> values(2000 * 300);
  for (float& value : values) value = std::normal_distribution<float>()(random);
  std::vector<std::int64_t> at(2000);
  for (auto& index : at) index = static_cast<std::int64_t>(random() % 10);
  const auto sums = [&] {
    return scatter_add(zeros({10, 300}), indices(at), Tensor::from(values, {2000, 300}))
        .to_vector<float>();
  };
  const int before = thread_count();
  set_thread_count(1);
  const auto one = sums();
  set_thread_count(4);
  const auto four = sums();
  set_thread_count(before);
  EXPECT_EQ(one, four);
}

TEST(ScatterAdd, NamesShapesAndTypes) {
  const Tensor x = counting({3, 4});
  EXPECT_EQ(message_of([&] {
              scatter_add(x, indices({0, 1}), counting({3, 4}));
            }),
            "scatter_add: indices of shape [2] along axis 0 of shape [3, 4] take updates of shape "
            "[2, 4], not [3, 4]");
  EXPECT_EQ(message_of([&] {
              scatter_add(x, indices({0}), zeros({1, 4}, DType::f64));
            }),
            "scatter_add: x and updates must hold one type of numbers, not f32 and f64");
  EXPECT_EQ(message_of([&] {
              scatter_add(x, indices({3}), counting({1, 4})).eval();
            }),
            "scatter_add: index 3 at position [0] of shape [1] is out of range for axis 0 of shape "
            "[3, 4]");
}

TEST(ScatterAdd, LeavesASharedInputAlone) {
  const Tensor x = counting({3});
  const Tensor y = scatter_add(x, indices({0}), Tensor{5});
  EXPECT_THAT(y.to_vector<float>(), ElementsAre(5, 1, 2));
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(0, 1, 2));
}

TEST(ScatterAddAlongAxis, UndoesTakeAlongAxisOfAPermutation) {
  const Tensor x{{5, 6, 7}, {8, 9, 10}};
  const Tensor order = Tensor::from(std::vector<std::int64_t>{2, 0, 1, 1, 2, 0}, {2, 3});
  EXPECT_EQ(scatter_add_along_axis(zeros({2, 3}), order, take_along_axis(x, order, 1), 1)
                .to_vector<float>(),
            x.to_vector<float>());
}

TEST(ScatterAddAlongAxis, AddsRepeatedIndicesInOrder) {
  const Tensor at = Tensor::from(std::vector<std::int64_t>(5, 0), {5, 1});
  const Tensor updates = reshape(Tensor{16777216, 1, -16777216, 1, 1}, {5, 1});
  EXPECT_THAT(scatter_add_along_axis(zeros({2, 1}), at, updates, 0).to_vector<float>(),
              ElementsAre(2, 0));
}

TEST(ScatterAddAlongAxis, NamesShapes) {
  EXPECT_EQ(message_of([&] {
              scatter_add_along_axis(counting({2, 3}), zeros({2, 1}, DType::i64), zeros({2, 2}), 1);
            }),
            "scatter_add_along_axis: indices [2, 1] and updates [2, 2] must have one shape, which "
            "differs from x [2, 3] at most along axis 1");
}

TEST(OneHot, PutsAOneAtTheIndex) {
  const Tensor x = one_hot(indices({2, 0}), 3);
  EXPECT_EQ(x.signature(), "f32[2, 3]");
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(0, 0, 1, 1, 0, 0));
  EXPECT_EQ(one_hot(Tensor(1), 2, DType::i32).signature(), "i32[2]");
  EXPECT_EQ(one_hot(indices({}), 4).shape(), (Shape{0, 4}));
}

TEST(OneHot, NamesALabelOutOfRange) {
  const Tensor labels = Tensor::from(std::vector<std::uint8_t>{0, 9, 10, 3}, {2, 2});
  EXPECT_EQ(message_of([&] { one_hot(labels, 10).eval(); }),
            "one_hot: index 10 at position [1, 0] of shape [2, 2] is out of range for 10 classes");
  EXPECT_EQ(message_of([&] { one_hot(indices({-1}), 3).eval(); }),
            "one_hot: index -1 at position [0] of shape [1] is out of range for 3 classes");
  EXPECT_EQ(message_of([&] { one_hot(indices({0}), 0); }),
            "one_hot: the number of classes is 0, not 1 or more");
}

}  // namespace
}  // namespace gradus
