#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;

TEST(Sort, OrdersEveryRowAndSaysWhereItsElementsWere) {
  const Sorted sorted = sort(Tensor{{3, 1, 2}, {9, 8, 7}});
  EXPECT_THAT(sorted.values.to_vector<float>(), ElementsAre(1, 2, 3, 7, 8, 9));
  EXPECT_THAT(sorted.indices.to_vector<std::int64_t>(), ElementsAre(1, 2, 0, 2, 1, 0));
}

TEST(Sort, KeepsTheOrderOfEqualElementsBothWays) {
  const Tensor x = Tensor::from(std::vector<std::int32_t>{1, 0, 1, 0});
  EXPECT_THAT(argsort(x).to_vector<std::int64_t>(), ElementsAre(1, 3, 0, 2));
  EXPECT_THAT(argsort(x, 0, Order::descending).to_vector<std::int64_t>(), ElementsAre(0, 2, 1, 3));
}

TEST(Sort, PutsNanLastInAscendingAndFirstInDescendingOrder) {
  const Tensor x{NAN, 2, -INFINITY, INFINITY};
  EXPECT_THAT(argsort(x).to_vector<std::int64_t>(), ElementsAre(2, 1, 3, 0));
  EXPECT_THAT(argsort(x, 0, Order::descending).to_vector<std::int64_t>(), ElementsAre(0, 3, 1, 2));
}

TEST(Sort, AgreesWithTheStandardLibraryOnLongRows) {
  std::mt19937 random(4);
  std::vector<double> values(10000);
  for (double& value : values) value = static_cast<double>(random() % 1000);
  const Tensor x = Tensor::from(values);
  std::vector<std::int64_t> expected(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) expected[i] = static_cast<std::int64_t>(i);
  std::stable_sort(expected.begin(), expected.end(), [&](std::int64_t a, std::int64_t b) {
    return values[static_cast<std::size_t>(a)] < values[static_cast<std::size_t>(b)];
  });
  EXPECT_EQ(argsort(x).to_vector<std::int64_t>(), expected);
}

/// The indices of one line in order, by exchanging neighbours: stable, NaN above all numbers.
std::vector<std::int64_t> order_of(const std::vector<double>& line, Order order) {
  const auto above = [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a > b; };
  std::vector<std::int64_t> places(line.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::int64_t>(i);
  for (std::size_t end = places.size(); end > 1; --end) {
    for (std::size_t i = 0; i + 1 < end; ++i) {
      const double a = line[static_cast<std::size_t>(places[i])];
      const double b = line[static_cast<std::size_t>(places[i + 1])];
      if (order == Order::ascending ? above(a, b) : above(b, a))
        std::swap(places[i], places[i + 1]);
    }
  }
  return places;
}

TEST(Sort, AgreesWithPlainLoopsAlongAnyAxisOfAnyType) {
  for (unsigned seed = 0; seed < 80; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](unsigned n) { return static_cast<std::int64_t>(random() % n); };
    const Shape shape{pick(5), 1 + pick(7), pick(12)};
    const int axis = static_cast<int>(pick(3));
    const Order order = seed % 2 ? Order::ascending : Order::descending;
    const DType dtypes[] = {DType::f32, DType::f64, DType::i32,
                            DType::i64, DType::u8,  DType::boolean};
    const DType dtype = dtypes[random() % 6];
    std::vector<double> values(static_cast<std::size_t>(shape.size()));
    for (double& value : values) {  // few values: many ties
      const std::int64_t draw = pick(9);
      value = draw == 8 && is_floating(dtype) ? NAN : static_cast<double>(draw % 8);
    }
    const Tensor x = cast(Tensor::from(values, shape), dtype);
    const std::vector<double> elements = x.to_vector<double>();
    const std::int64_t k = pick(static_cast<unsigned>(shape[axis]) + 1);
    const auto actual = argsort(x, axis, order).to_vector<std::int64_t>();
    const auto top = top_k(x, k, axis).indices.to_vector<std::int64_t>();
    std::int64_t inner = 1;
    for (int i = axis + 1; i < 3; ++i) inner *= shape[i];
    const std::int64_t length = shape[axis];
    for (std::int64_t number = 0; length > 0 && number < shape.size() / length; ++number) {
      const std::int64_t outer = number / inner, offset = number % inner;
      const auto place = [&](std::int64_t i, std::int64_t extent) {
        return static_cast<std::size_t>((outer * extent + i) * inner + offset);
      };
      std::vector<double> line;
      for (std::int64_t i = 0; i < length; ++i) line.push_back(elements[place(i, length)]);
      const auto expected = order_of(line, order);
      const auto largest = order_of(line, Order::descending);
      for (std::int64_t i = 0; i < length; ++i) {
        ASSERT_EQ(actual[place(i, length)], expected[static_cast<std::size_t>(i)]) << seed;
        if (i < k) {
          ASSERT_EQ(top[place(i, k)], largest[static_cast<std::size_t>(i)]) << seed;
        }
      }
    }
  }
}

TEST(TopK, GivesTheLargestFirst) {
  const Sorted top = top_k(Tensor{5, 1, 7, 7, 3}, 3);
  EXPECT_THAT(top.values.to_vector<float>(), ElementsAre(7, 7, 5));
  EXPECT_THAT(top.indices.to_vector<std::int64_t>(), ElementsAre(2, 3, 0));
}

TEST(TopK, SendsItsGradientToTheLargest) {
  const UnaryFunction f = [](const Tensor& x) { return sum(square(top_k(x, 2).values)); };
  EXPECT_THAT(grad(f)(Tensor{1, 4, 3}).to_vector<float>(), ElementsAre(0, 8, 6));
}

TEST(TopK, RefusesMoreThanThereAre) {
  try {
    top_k(Tensor{1, 2}, 3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "top_k: k is 3, but axis 0 of shape [2] has 2 elements");
  }
}

}  // namespace
}  // namespace gradus
