#include "gradus/nn/convolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gradus/nn/pooling.h"
#include "gradus/nn/shape_layer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::near;

TEST(Conv2d, CrossCorrelates) {
  Conv2d layer{{.in = 1, .out = 1}};
  layer.weight = Tensor{{{1, 0, -1}, {1, 0, -1}, {1, 0, -1}}};
  layer.weight = expand_dims(layer.weight, 0);
  layer.bias = Tensor{0.5f};
  const Tensor patch = reshape(Tensor{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, Dims{1, 1, 3, 3});
  EXPECT_THAT(layer(patch), near({-5.5}));
}

TEST(Conv2d, HasWeightsByGroup) {
  const Conv2d layer{{.in = 4, .out = 6, .kernel_size = {3, 5}, .groups = 2}};
  EXPECT_EQ(layer.weight.shape(), (Shape{6, 2, 3, 5}));
  EXPECT_EQ(layer.bias->shape(), (Shape{6}));
  const double bound = 1 / std::sqrt(2.0 * 3 * 5);
  for (const float w : layer.weight.data<float>()) EXPECT_LE(std::abs(w), bound);
}

TEST(Conv2d, SizesFollowStridePaddingAndDilation) {
  const Conv2d layer{
      {.in = 1, .out = 2, .kernel_size = {3}, .stride = {2, 1}, .padding = {1}, .dilation = {2}}};
  // (9 + 2 - 2 * 2 - 1) / 2 + 1 = 4 and 10 + 2 - 2 * 2 = 8
  EXPECT_EQ(layer(ones({5, 1, 9, 10})).shape(), (Shape{5, 2, 4, 8}));
}

TEST(Conv2d, ComputesByTheAlgorithmOfItsOptions) {
  const ConvOptions options{.in = 16, .out = 16, .padding = {1}, .key = Key(1)};
  ConvOptions winograd = options;
  winograd.algorithm = ConvolutionAlgorithm::winograd;
  const Tensor x = ones({1, 16, 8, 8});
  const Tensor direct = Conv2d{options}(x), fast = Conv2d{winograd}(x);
  EXPECT_LT(max(square(direct - fast)).item<float>(), 1e-10f);
  winograd.stride = {2};
  EXPECT_THAT(error_of([&] { Conv2d{winograd}(x); }).what(),
              HasSubstr("cannot use the algorithm winograd: the stride is not 1"));
}

TEST(Conv2d, SamePaddingKeepsTheSizeForEvenKernelsToo) {
  const Conv2d layer{{.in = 1,
                      .out = 1,
                      .kernel_size = {4, 3},
                      .padding_mode = Padding::same,
                      .dilation = {1, 3}}};
  EXPECT_EQ(layer(ones({1, 1, 7, 9})).shape(), (Shape{1, 1, 7, 9}));
  EXPECT_THAT(error_of([] {
                Conv2d{{.in = 1, .out = 1, .stride = {2}, .padding_mode = Padding::same}};
              }).what(),
              HasSubstr("padding_mode same needs stride 1"));
}

TEST(Conv2d, SamePaddingLeavesNoPaddingToChoose) {
  EXPECT_EQ(error_of([] {
              Conv2d{{.in = 1, .out = 1, .padding = {-1}, .padding_mode = Padding::same}};
            }).what(),
            std::string("conv2d: padding_mode same chooses the padding; [-1] must be left out"));
}

TEST(Conv1d, SlidesOverSeries) {
  Conv1d layer{{.in = 1, .out = 1, .kernel_size = {2}, .bias = false}};
  layer.weight = Tensor{{{1, -1}}};
  EXPECT_THAT(layer(Tensor{{{1, 4, 9, 16}}}), near({-3, -5, -7}));
}

TEST(Conv3d, SlidesOverVolumes) {
  Conv3d layer{{.in = 1, .out = 1, .kernel_size = {2}, .bias = false}};
  layer.weight = ones({1, 1, 2, 2, 2});
  EXPECT_THAT(layer(ones({1, 1, 2, 3, 2})), near({8, 8}));
}

TEST(Conv, RefusesInputOfAnotherRankAndOptionsThatDoNotFit) {
  const Conv2d layer{{.in = 1, .out = 1}};
  EXPECT_STREQ(error_of([&] {
                 layer(ones({1, 28, 28}));
               }).what(),
               "conv2d: takes (batch, channels, height, width), not shape [1, 28, 28]");
  EXPECT_THAT(error_of([] { Conv2d{{.in = 3, .out = 4, .groups = 2}}; }).what(),
              HasSubstr("groups must divide in and out: 2 does not divide 3 and 4"));
  EXPECT_STREQ(error_of([] {
                 Conv2d{{.in = 1, .out = 1, .kernel_size = {1, 2, 3}}};
               }).what(),
               "conv2d: kernel_size must have 1 or 2 entries, not [1, 2, 3]");
  EXPECT_STREQ(error_of([] { Conv1d{{.in = 1, .out = 1, .stride = {0}}}; }).what(),
               "conv1d: stride must be 1 or more, not [0]");
}

TEST(ConvTranspose2d, SpreadsEachElementOverAKernel) {
  ConvTranspose2d layer{{.in = 1, .out = 1, .kernel_size = {2}, .stride = {2}}};
  layer.weight = reshape(Tensor{{1, 2}, {3, 4}}, Dims{1, 1, 2, 2});
  layer.bias = Tensor{0.0f};
  const Tensor x = reshape(Tensor{{1, 10}}, Dims{1, 1, 1, 2});
  EXPECT_THAT(layer(x), near({1, 2, 10, 20, 3, 4, 30, 40}));
}

TEST(ConvTranspose2d, UndoesTheSizeOfAConvolution) {
  const Conv2d down{{.in = 3, .out = 8, .stride = {2}, .padding = {1}}};
  const ConvTranspose2d up{
      {.in = 8, .out = 3, .stride = {2}, .padding = {1}, .output_padding = {1}}};
  EXPECT_EQ(up.weight.shape(), (Shape{8, 3, 3, 3}));
  EXPECT_EQ(up(down(ones({2, 3, 32, 32}))).shape(), (Shape{2, 3, 32, 32}));
}

TEST(Pooling, OfTheCourseExample) {
  const Tensor x =
      reshape(Tensor{{1, 3, 2, 1}, {4, 6, 5, 2}, {7, 2, 8, 3}, {1, 4, 9, 0}}, Dims{1, 1, 4, 4});
  EXPECT_THAT(MaxPool{}(x), near({6, 5, 7, 9}));
  EXPECT_THAT(AveragePool{}(x), near({3.5, 2.5, 3.5, 5}));
  EXPECT_THAT(GlobalMaxPool{}(x), near({9}));
  EXPECT_THAT(GlobalAveragePool{}(x), near({3.625}));
  EXPECT_EQ(GlobalAveragePool{}(x).shape(), (Shape{1, 1}));
}

TEST(Pooling, TakesWindowStrideAndPadding) {
  const MaxPool layer{{.kernel_size = {3}, .stride = {2}, .padding = {1}}};
  EXPECT_THAT(layer(Tensor{{{1, 5, 2, 4, 3}}}), near({5, 5, 4}));
}

TEST(ShapeLayers, KeepTheBatch) {
  EXPECT_EQ(Flatten{}(ones({4, 2, 3, 5})).shape(), (Shape{4, 30}));
  EXPECT_EQ((Flatten{{.first_axis = 2}}(ones({4, 2, 3, 5})).shape()), (Shape{4, 2, 15}));
  EXPECT_EQ((Reshape{{.shape = {5, -1}}}(ones({4, 30})).shape()), (Shape{4, 5, 6}));
}

}  // namespace
}  // namespace gradus::nn
