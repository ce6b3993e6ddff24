#include "gradus/nn/activation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/nn/learned_activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::column;
using testing::error_of;
using testing::near;

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
double elu_of(double x, double alpha) { return x > 0 ? x : alpha * (std::exp(x) - 1); }

TEST(Activation, LayersMatchTheirFormulas) {
  struct Case {
    Shared<Layer> layer;
    std::function<double(double)> formula;
  };
  const auto of = [](auto layer) { return share<decltype(layer)>(layer); };
  const std::vector<Case> cases = {
      {of(Sigmoid{}), sigmoid_of},
      {of(Tanh{}), [](double x) { return std::tanh(x); }},
      {of(ReLU{}), [](double x) { return std::max(x, 0.0); }},
      {of(LeakyReLU{{.slope = 0.2f}}), [](double x) { return x > 0 ? x : 0.2 * x; }},
      {of(ELU{{.alpha = 2}}), [](double x) { return elu_of(x, 2); }},
      {of(SELU{}), [](double x) { return 1.0507009873554805 * elu_of(x, 1.6732632423543772); }},
      {of(GELU{}), [](double x) { return x * (1 + std::erf(x / std::sqrt(2.0))) / 2; }},
      {of(SiLU{}), [](double x) { return x * sigmoid_of(x); }},
      {of(Softplus{}), [](double x) { return std::log1p(std::exp(x)); }},
      {of(HardTanh{}), [](double x) { return std::min(std::max(x, -1.0), 1.0); }},
      {of(AbsoluteValue{}), [](double x) { return std::abs(x); }},
      {of(PReLU{}), [](double x) { return x > 0 ? x : 0.25 * x; }},
  };
  const Tensor x{-3, -1.5f, -0.25f, 0, 0.5f, 2, 4};
  for (const Case& c : cases) {
    std::vector<double> expected;
    for (const double value : x.to_vector<double>()) expected.push_back(c.formula(value));
    Context context;
    EXPECT_THAT(c.layer->forward(x, context), near(expected, 2e-6)) << c.layer->kind();
  }
}

TEST(Softmax, RowsAreProbabilities) {
  const double e = std::exp(1.0);
  EXPECT_THAT(Softmax{}(Tensor{{1, 2}, {5, 5}}), near({1 / (1 + e), e / (1 + e), 0.5, 0.5}));
  EXPECT_THAT(LogSoftmax{{.axis = 0}}(Tensor{{1, 3}, {1, 3}}),
              near({-std::log(2), -std::log(2), -std::log(2), -std::log(2)}));
}

TEST(Selu, IsExactInDoublePrecision) {
  const Tensor x = cast(Tensor{-0.5f, 0.5f}, DType::f64);
  // lambda * alpha * expm1(-0.5) and lambda * 0.5 by Python 3.11, of the constants' 17 digits.
  EXPECT_THAT(selu(x), near({-0.6917581878028713, 0.5253504936777402}, 1e-15));
}

TEST(Selu, KeepsTheVarianceOfNormalInputs) {
  const auto y = selu(random_normal(Key(1), {100000})).to_vector<double>();
  double sum = 0, squares = 0;
  for (const double v : y) sum += v, squares += v * v;
  EXPECT_NEAR(sum / 1e5, 0, 0.02);
  EXPECT_NEAR(squares / 1e5, 1, 0.03);
}

TEST(Maxout, TakesTheLargestOfEachGroup) {
  EXPECT_THAT(maxout(Tensor{{1, 5, 3, 2}, {-1, -2, -4, -3}}, 2), near({5, 3, -1, -3}));
  EXPECT_STREQ(error_of([] {
                 maxout(Tensor{1, 2, 3}, 2);
               }).what(),
               "maxout: the last axis of shape [3] does not fall into groups of 2");
}

TEST(Maxout, LayerTakesTheLargestOfItsLinearMaps) {
  Maxout layer{{.in = 1, .out = 2, .pieces = 2}};
  layer.weight = column({1.0f, -1.0f, 2.0f, 3.0f});
  layer.bias = Tensor{0, 0, 1, 0};
  // |x| and max(2x + 1, 3x)
  EXPECT_THAT(layer(column({-2.0f, 4.0f})), near({2, -3, 4, 12}));
}

TEST(PReLU, LearnsOneSlopeForEachChannel) {
  PReLU layer{{.channels = 2}};
  layer.slope = Tensor{0.5f, 2};
  const Tensor x{{{-1, 2}, {-3, 4}}};  // (batch 1, channels 2, length 2)
  EXPECT_THAT(layer(x), near({-0.5, 2, -6, 4}));
  const UnaryFunction f = [&](const Tensor& slope) { return sum(prelu(x, slope)); };
  EXPECT_THAT(grad(f)(layer.slope), near({-1, -3}));
}

TEST(PReLU, RefusesChannelsThatDoNotFit) {
  EXPECT_STREQ(error_of([] {
                 PReLU{{.channels = 3}}(ones({4, 2}));
               }).what(),
               "prelu: slopes of shape [3] do not fit axis 1 of shape [4, 2]");
}

TEST(RadialBasis, IsLargestAtItsCenter) {
  RadialBasis layer{{.in = 2, .out = 2}};
  layer.centers = Tensor{{0, 0}, {1, 2}};
  layer.widths = Tensor{1, 2};
  // squared distances 5 and 0, then 1 and 4
  EXPECT_THAT(layer(Tensor{{1, 2}, {1, 0}}),
              near({std::exp(-5.0), 1, std::exp(-1.0), std::exp(-1.0)}));
}

TEST(RadialBasis, SaysWhichShapesItTakes) {
  EXPECT_EQ(error_of([] {
              RadialBasis{{.in = 2, .out = 3}}(ones({4, 5}));
            }).code(),
            ErrorCode::shape);
}

}  // namespace
}  // namespace gradus::nn
