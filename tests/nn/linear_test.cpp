#include "gradus/nn/linear.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gradus/ops/creation.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using testing::near;

TEST(Linear, MultipliesByTheTransposedWeightAndAddsTheBias) {
  Linear layer{{.in = 3, .out = 2}};
  layer.weight = Tensor{{1, 2, 3}, {-1, 0, 1}};
  layer.bias = Tensor{10, 20};
  EXPECT_THAT(layer(Tensor{{1, 1, 1}, {2, 0, 1}}), near({16, 20, 15, 19}));
}

TEST(Linear, TakesAnyLeadingAxes) {
  const Linear layer{{.in = 3, .out = 2, .bias = false}};
  EXPECT_EQ(layer(ones({4, 5, 3})).shape(), (Shape{4, 5, 2}));
  EXPECT_EQ(layer(ones({3})).shape(), (Shape{2}));
  EXPECT_FALSE(layer.bias.has_value());
}

TEST(Linear, StartsUniformWithinOneOverTheRootOfItsInputs) {
  const Linear layer{{.in = 400, .out = 300}};
  const double bound = 1 / std::sqrt(400.0);
  double sum = 0, squares = 0, largest = 0;
  for (const float w : layer.weight.data<float>()) {
    sum += w;
    squares += double{w} * w;
    largest = std::max(largest, std::abs(double{w}));
  }
  const double n = 400 * 300;
  EXPECT_LE(largest, bound);
  EXPECT_GT(largest, 0.999 * bound);
  EXPECT_NEAR(sum / n, 0, 4 * bound / std::sqrt(3 * n));
  EXPECT_NEAR(squares / n, bound * bound / 3, 0.01 * bound * bound / 3);
  for (const float b : layer.bias->data<float>()) EXPECT_LE(std::abs(b), bound);
}

TEST(Linear, LayersOfDifferentSizeStartDifferent) {
  const Linear a{{.in = 8, .out = 4}};
  const Linear b{{.in = 8, .out = 5}};
  const auto of_a = a.weight.to_vector<float>();
  const auto of_b = b.weight.to_vector<float>();
  EXPECT_FALSE(std::equal(of_a.begin(), of_a.end(), of_b.begin()));
}

TEST(Linear, RefusesSizesBelowOne) {
  EXPECT_STREQ(error_of([] { Linear{{.in = 0, .out = 2}}; }).what(),
               "linear: in and out must be 1 or more, not 0 and 2");
}

TEST(Linear, InfersItsInputFromAShape) {
  LinearOptions options{.out = 2};
  options.infer({1, 7});
  EXPECT_EQ(options.in, 7);
  options.infer({1, 9});
  EXPECT_EQ(options.in, 7);
}

}  // namespace
}  // namespace gradus::nn
