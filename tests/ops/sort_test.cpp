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
