#include "gradus/nn/dropout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gradus/nn/linear.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/creation.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::column;
using testing::error_of;
using testing::near;

TEST(Dropout, KeepsTheExpectation) {
  const Dropout layer{{.rate = 0.3f}};
  Context context{.training = true, .key = Key(1)};
  const auto y = layer(ones({100000}), context).to_vector<float>();
  int dropped = 0;
  double total = 0;
  for (const float v : y) {
    EXPECT_TRUE(v == 0 || std::abs(v - 1 / 0.7f) < 1e-6f);
    dropped += v == 0;
    total += v;
  }
  // four standard errors
  EXPECT_NEAR(dropped / 1e5, 0.3, 4 * std::sqrt(0.21 / 1e5));
  EXPECT_NEAR(total / 1e5, 1, 4 * std::sqrt(0.3 / 0.7 / 1e5));
}

TEST(Dropout, DoesNothingInEvaluation) {
  const Dropout layer{{.rate = 0.9f}};
  Context context;
  const Tensor x{1, 2, 3};
  EXPECT_TRUE(layer(x, context).is(x));
}

TEST(Dropout, EveryUseDrawsOtherNumbersAndEveryPassTheSame) {
  const Dropout layer{{.rate = 0.5f}};
  const Tensor x = ones({64});
  Context first{.training = true, .key = Key(1)};
  Context second = first;
  const auto a = layer(x, first).to_vector<float>();
  const auto b = layer(x, first).to_vector<float>();
  EXPECT_NE(a, b);
  EXPECT_EQ(a, layer(x, second).to_vector<float>());
}

TEST(Dropout, NeedsAKeyInTraining) {
  const Dropout layer;
  Context context{.training = true};
  EXPECT_STREQ(error_of([&] {
                 layer(Tensor{1, 2}, context);
               }).what(),
               "dropout: draws random numbers in training, but the context has no key");
}

TEST(Dropout, OfEverythingLeavesZeros) {
  const Dropout layer{{.rate = 1}};
  Context context{.training = true, .key = Key(1)};
  EXPECT_THAT(layer(Tensor{1, std::numeric_limits<float>::infinity()}, context), near({0, 0}));
}

TEST(Dropout, RefusesARateThatIsNoProbability) {
  EXPECT_STREQ(error_of([] { Dropout{{.rate = 1.5f}}; }).what(),
               "dropout: rate must be in [0, 1], not 1.5");
}

TEST(SpatialDropout, DropsWholeChannels) {
  const SpatialDropout layer{{.rate = 0.5f}};
  Context context{.training = true, .key = Key(2)};
  const auto y = layer(ones({8, 16, 5}), context).to_vector<float>();
  int dropped = 0;
  for (std::size_t channel = 0; channel < 8 * 16; ++channel) {
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(y[channel * 5 + i], y[channel * 5]);
    dropped += y[channel * 5] == 0;
  }
  EXPECT_GT(dropped, 40);
  EXPECT_LT(dropped, 88);
  EXPECT_EQ(error_of([&] { layer(ones({8, 16}), context); }).code(), ErrorCode::shape);
}

TEST(MonteCarlo, FindsTheSpreadThatDropoutMakes) {
  // Of one input 1 with weight 1, dropped with probability 1/2: 0 or 2, deviation 1.
  Linear unit{{.in = 1, .out = 1, .bias = false}};
  unit.weight = column({1.0f});
  Sequential model{Dropout{{.rate = 0.5f}}, unit};
  const auto prediction = monte_carlo(model, column({1.0f}), 2000, Key(5));
  EXPECT_NEAR(prediction.mean.item<double>(), 1, 4 / std::sqrt(2000.0));
  EXPECT_NEAR(prediction.deviation.item<double>(), 1, 0.01);
}

}  // namespace
}  // namespace gradus::nn
