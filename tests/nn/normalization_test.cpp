#include "gradus/nn/normalization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gradus/nn/gradients.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using testing::near;

// Channel 0 holds 1, 3, 5, 7 (mean 4, variance 5); channel 1 holds 0, 0, 4, 4 (mean 2, variance 4).
const Tensor kImages{{{1, 3}, {0, 0}}, {{5, 7}, {4, 4}}};

TEST(BatchNorm, NormalisesEachChannelByTheBatchInTraining) {
  BatchNorm layer{{.channels = 2, .epsilon = 0}};
  layer.scale = Tensor{1, 2};
  layer.shift = Tensor{0, 10};
  Context context{.training = true};
  const double s = std::sqrt(5.0);
  EXPECT_THAT(layer(kImages, context), near({-3 / s, -1 / s, 8, 8, 1 / s, 3 / s, 12, 12}, 1e-5));
}

TEST(BatchNorm, RunningStatisticsFollowTheBatches) {
  BatchNorm layer{{.channels = 2, .momentum = 0.25f}};
  Context context{.training = true};
  layer(kImages, context);
  // From mean 0 and variance 1; the variance of a sample of four is divided by three.
  EXPECT_THAT(layer.running_mean, near({0.25 * 4, 0.25 * 2}));
  const double first = 0.75 + 0.25 * 20.0 / 3, second = 0.75 + 0.25 * 16.0 / 3;
  EXPECT_THAT(layer.running_variance, near({first, second}));
  layer(kImages, context);
  EXPECT_THAT(layer.running_mean, near({0.75 * 1 + 1, 0.75 * 0.5 + 0.5}));
  EXPECT_THAT(layer.running_variance,
              near({0.75 * first + 0.25 * 20.0 / 3, 0.75 * second + 0.25 * 16.0 / 3}));
}

TEST(BatchNorm, UsesRunningStatisticsInEvaluationAndKeepsThem) {
  BatchNorm layer{{.channels = 2, .epsilon = 0}};
  layer.running_mean = Tensor{1, 2};
  layer.running_variance = Tensor{4, 16};
  layer.scale = Tensor{3, 1};
  layer.shift = Tensor{0, -1};
  Context context;
  EXPECT_THAT(layer(Tensor{{5, 10}, {1, 2}}, context), near({6, 1, 0, -1}));
  EXPECT_THAT(layer.running_mean, near({1, 2}));
}

TEST(BatchNorm, RunningStatisticsPassNoGradient) {
  BatchNorm layer{{.channels = 2}};
  Context context{.training = true};
  const auto [loss, gradients] = value_and_grad(layer, [&] {
    layer(kImages, context);
    return sum(layer.running_mean) + sum(*layer.scale);
  });
  EXPECT_THAT(gradients[0], near({1, 1}));
  EXPECT_THAT(layer.running_mean, near({0.4, 0.2}));  // and keep what training gave them
}

TEST(BatchNorm, WithoutAffineHasNoParameters) {
  BatchNorm layer{{.channels = 2, .epsilon = 0, .affine = false}};
  EXPECT_TRUE(parameters(layer).empty());
  Context context{.training = true};
  EXPECT_NEAR(layer(kImages, context).to_vector<double>()[2], -1, 1e-6);
}

TEST(BatchNorm, SaysWhatItTakes) {
  Context context{.training = true};
  BatchNorm layer{{.channels = 3}};
  EXPECT_STREQ(error_of([&] {
                 layer(ones({2, 4}), context);
               }).what(),
               "batch_norm: takes (batch, 3, ...), not shape [2, 4]");
  EXPECT_STREQ(error_of([&] {
                 layer(ones({1, 3}), context);
               }).what(),
               "batch_norm: needs two or more values for each channel in training; shape [1, 3] "
               "has 1");
  EXPECT_EQ(error_of([] { BatchNorm{{.channels = 0}}; }).code(), ErrorCode::invalid_argument);
}

TEST(LayerNorm, NormalisesEachExample) {
  LayerNorm layer{{.shape = {4}, .epsilon = 0}};
  layer.scale = Tensor{1, 1, 2, 2};
  layer.shift = Tensor{0, 0, 0, 1};
  const double s = std::sqrt(5.0);
  EXPECT_THAT(layer(Tensor{{1, 3, 5, 7}}), near({-3 / s, -1 / s, 2 / s, 6 / s + 1}, 1e-5));
}

TEST(LayerNorm, TakesSeveralAxesTogether) {
  const LayerNorm layer{{.shape = {2, 2}, .epsilon = 0, .affine = false}};
  const double s = std::sqrt(5.0);
  EXPECT_THAT(layer(Tensor{{{1, 3}, {5, 7}}}), near({-3 / s, -1 / s, 1 / s, 3 / s}, 1e-5));
}

TEST(LayerNorm, WithoutAffineTakesDoublePrecision) {
  const LayerNorm layer{{.shape = {2, 2}, .epsilon = 0, .affine = false}};
  const Tensor x = cast(Tensor{{{0, 0}, {1, 1}}}, DType::f64);
  EXPECT_THAT(layer(x), near({-1, -1, 1, 1}));
}

TEST(LayerNorm, RefusesNoAxes) {
  EXPECT_EQ(error_of([] { LayerNorm{{}}; }).code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::nn
