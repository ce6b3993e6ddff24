#include "gradus/nn/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/nn/activation.h"
#include "gradus/nn/convolution.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/pooling.h"
#include "gradus/nn/sequential.h"
#include "gradus/nn/shape_layer.h"
#include "tests/support/error_of.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Sequential lenet() {
  return Sequential{Conv2d{{.in = 1, .out = 6, .kernel_size = {5}, .padding = {2}}},
                    Tanh{},
                    AveragePool{},
                    Conv2d{{.in = 6, .out = 16, .kernel_size = {5}}},
                    Tanh{},
                    AveragePool{},
                    Flatten{},
                    Linear{{.in = 400, .out = 120}},
                    Tanh{},
                    Linear{{.in = 120, .out = 84}},
                    Tanh{},
                    Linear{{.in = 84, .out = 10}}};
}

TEST(Describe, CountsLeNet) {
  // LeCun et al. 1998 with all maps connected: 156 + 2,416 + 48,120 + 10,164 + 850 parameters.
  Sequential model = lenet();
  const auto rows = describe(model, {1, 28, 28});
  ASSERT_EQ(rows.size(), 12u);
  EXPECT_EQ(rows[0].path, "layers.0");
  EXPECT_EQ(rows[0].kind, "conv2d");
  EXPECT_THAT(rows[0].options, StartsWith("in=1, out=6, kernel_size=[5], stride=[1], padding=[2]"));
  EXPECT_EQ(rows[0].output, (Shape{6, 28, 28}));
  EXPECT_EQ(rows[0].parameters, 156);
  EXPECT_EQ(rows[0].multiply_adds, 6 * 28 * 28 * 25);
  EXPECT_EQ(rows[3].output, (Shape{16, 10, 10}));
  EXPECT_EQ(rows[3].parameters, 2416);
  EXPECT_EQ(rows[3].multiply_adds, 16 * 10 * 10 * 6 * 25);
  EXPECT_EQ(rows[6].output, (Shape{400}));
  EXPECT_EQ(rows[7].parameters, 48120);
  EXPECT_EQ(rows[7].multiply_adds, 400 * 120);
  EXPECT_EQ(rows[11].output, (Shape{10}));
  std::int64_t total = 0;
  for (const LayerRow& row : rows) total += row.parameters;
  EXPECT_EQ(total, 156 + 2416 + 48120 + 10164 + 850);
  EXPECT_EQ(total, parameter_count(model));
}

TEST(Describe, CountsTransposedAndGroupedConvolutions) {
  ConvTranspose2d up{{.in = 4, .out = 3, .kernel_size = {2}, .stride = {2}}};
  // each of 4 * 5 * 5 inputs meets 3 * 2 * 2 weights
  EXPECT_EQ(describe(up, {4, 5, 5})[0].multiply_adds, 4 * 25 * 12);
  Conv2d depthwise{{.in = 8, .out = 8, .padding = {1}, .groups = 8}};
  EXPECT_EQ(describe(depthwise, {8, 6, 6})[0].multiply_adds, 8 * 36 * 9);
}

TEST(Describe, ListsNestedLayersByPathAndCountsRepeatedOnesOnce) {
  Sequential block{Linear{{.in = 4, .out = 4}}};
  block.repeat(0);
  Sequential model{ReLU{}, block};
  const auto rows = describe(model, {4});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].path, "layers.1.layers.0");
  EXPECT_EQ(rows[2].path, "layers.1.layers.1");
  EXPECT_EQ(rows[1].parameters, 20);
  EXPECT_EQ(rows[2].parameters, 0);
  EXPECT_EQ(rows[2].multiply_adds, 16);
}

TEST(Describe, NamesTheLayerThatDoesNotFit) {
  Sequential model{Linear{{.in = 4, .out = 3}}, Sequential{ReLU{}, Linear{{.in = 4, .out = 2}}}};
  EXPECT_THAT(error_of([&] { describe(model, {4}); }).what(),
              StartsWith("layers.1.layers.1: linear: "));
}

TEST(ToTable, AlignsItsColumnsAndAddsUp) {
  Sequential model{Linear{{.in = 3, .out = 2}}, Tanh{}};
  EXPECT_EQ(to_table(describe(model, {3})),
            "layer     kind    output  parameters  multiply-adds\n"
            "layers.0  linear  [2]              8              6\n"
            "layers.1  tanh    [2]              0              0\n"
            "total                              8              6\n");
}

}  // namespace
}  // namespace gradus::nn
