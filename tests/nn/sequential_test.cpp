#include "gradus/nn/sequential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/nn/activation.h"
#include "gradus/nn/dropout.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/normalization.h"
#include "gradus/nn/shape_layer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using testing::near;
using ::testing::StartsWith;

/// A linear layer whose weight and bias are all `value`.
Linear filled(std::int64_t in, std::int64_t out, double value) {
  Linear layer{{.in = in, .out = out}};
  layer.weight = full({out, in}, value);
  layer.bias = full({out}, value);
  return layer;
}

TEST(Sequential, AppliesItsLayersInOrder) {
  const Sequential model{filled(2, 2, 1), ReLU{}, filled(2, 1, -2)};
  // relu(1 + 2 + 1) = 4 twice, -2 * 8 - 2
  EXPECT_THAT(model(Tensor{{1, 2}}), near({-18}));
}

TEST(Sequential, WithoutLayersIsTheIdentity) {
  const Tensor x{1, 2};
  EXPECT_TRUE(Sequential()(x).is(x));
}

TEST(Sequential, NamesTheLayerOfAnError) {
  const Sequential model{Linear{{.in = 2, .out = 3}}, ReLU{}, Linear{{.in = 4, .out = 1}}};
  const Error error = error_of([&] { model(Tensor{{1, 2}}); });
  EXPECT_EQ(error.code(), ErrorCode::shape);
  EXPECT_THAT(error.what(), StartsWith("layers.2: linear: "));
}

TEST(Sequential, NamesThePathOfAnErrorThroughSequentials) {
  const Sequential model{ReLU{}, Sequential{ReLU{}, Linear{{.in = 4, .out = 1}}}};
  const Error error = error_of([&] {
    in_module("encoder", [&] { return model(Tensor{{1, 2}}); });
  });
  EXPECT_THAT(error.what(), StartsWith("encoder.layers.1.layers.1: linear: "));
}

TEST(Sequential, CopyIsASnapshot) {
  Sequential model{filled(2, 2, 1), Sequential{filled(2, 1, 1)}};
  const Sequential copy = model;
  for (const Member& member : members(model)) *member.tensor = zeros_like(*member.tensor);
  EXPECT_THAT(model(Tensor{{1, 2}}), near({0}));
  EXPECT_THAT(copy(Tensor{{1, 2}}), near({9}));
  model = copy;
  EXPECT_THAT(model(Tensor{{1, 2}}), near({9}));
}

TEST(Sequential, RepeatedLayerIsOneSetOfParameters) {
  Sequential model{filled(2, 2, 1)};
  model.repeat(0);
  EXPECT_EQ(parameters(model).size(), 2u);
  EXPECT_EQ(parameters(model)[0].aliases, std::vector<std::string>{"layers.1.weight"});
  // 1 + 2 + 1 = 4 twice, 4 + 4 + 1
  EXPECT_THAT(model(Tensor{{1, 2}}), near({9, 9}));
}

TEST(Sequential, CopyKeepsARepeatedLayerRepeated) {
  Sequential model{filled(2, 2, 1)};
  model.repeat(0);
  Sequential copy = model;
  EXPECT_EQ(parameters(copy).size(), 2u);
  *parameters(copy)[1].tensor = zeros({2});  // the bias
  EXPECT_THAT(copy(Tensor{{1, 2}}), near({6, 6}));
  EXPECT_THAT(model(Tensor{{1, 2}}), near({9, 9}));
}

TEST(Sequential, RefusesToRepeatALayerThatIsNotThere) {
  Sequential model{ReLU{}};
  EXPECT_EQ(error_of([&] { model.repeat(1); }).code(), ErrorCode::index);
}

TEST(Sequential, EvaluatesWithoutAContext) {
  const Sequential model{Dropout{{.rate = 0.9f}}, BatchNorm{{.channels = 2, .epsilon = 0}}};
  const Tensor x{{1, 2}, {3, 4}};
  EXPECT_THAT(model(x), near({1, 2, 3, 4}));
}

TEST(Sequential, TrainsWithATrainingContext) {
  Sequential model{BatchNorm{{.channels = 2, .epsilon = 0}}};
  Context context{.training = true};
  EXPECT_THAT(model(Tensor{{1, 2}, {3, 6}}, context), near({-1, -1, 1, 1}));
}

TEST(Sequential, DrawsItsParametersFromAKey) {
  const Linear layer{{.in = 3, .out = 3}};
  Sequential a(Key(5), layer, layer);
  Sequential b(Key(5), layer, layer);
  const auto of_a = parameters(a);
  const auto of_b = parameters(b);
  EXPECT_EQ(of_a[0].tensor->to_vector<float>(), of_b[0].tensor->to_vector<float>());
  EXPECT_NE(of_a[0].tensor->to_vector<float>(), of_a[2].tensor->to_vector<float>());
}

TEST(Sequential, GrowsLayerByLayer) {
  Sequential model;
  model.add(Flatten{}).add(filled(4, 1, 1));
  EXPECT_EQ(model.size(), 2u);
  EXPECT_STREQ(model[1].kind(), "linear");
  EXPECT_THAT(model(ones({2, 2, 2})), near({5, 5}));
}

}  // namespace
}  // namespace gradus::nn
