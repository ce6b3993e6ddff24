#include "gradus/nn/penalty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/sgd.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using testing::near;

Linear small_linear() {
  Linear layer{{.in = 2, .out = 2}};
  layer.weight = Tensor{{1, -2}, {0, 3}};
  layer.bias = Tensor{-4, 5};
  return layer;
}

TEST(Penalty, IsTheNormOfAllParameters) {
  Linear layer = small_linear();
  EXPECT_THAT(penalty(layer, {.l1 = 2}), near({2 * (6 + 9)}));
  EXPECT_THAT(penalty(layer, {.l2 = 2}), near({14 + 41}));
  EXPECT_THAT(penalty(layer, {.l1 = 1, .l2 = 2}), near({15 + 55}));
  EXPECT_THAT(penalty(layer, {}), near({0}));
}

TEST(Penalty, TakesTheParametersThatItIsToldTo) {
  Linear layer = small_linear();
  const auto is_weight = [](std::string_view path, const Tensor&) { return path == "weight"; };
  EXPECT_THAT(penalty(layer, {.l1 = 1, .where = is_weight}), near({6}));
}

TEST(Penalty, CountsARepeatedLayerOnce) {
  Sequential model{small_linear()};
  model.repeat(0);
  EXPECT_THAT(penalty(model, {.l1 = 1}), near({15}));
}

TEST(Penalty, HasTheSignAndTheParameterAsGradients) {
  Linear layer = small_linear();
  const auto l1 = value_and_grad(layer, [&] { return penalty(layer, {.l1 = 0.5f}); });
  EXPECT_THAT(l1.gradients[0], near({0.5, -0.5, 0, 0.5}));
  const auto l2 = value_and_grad(layer, [&] { return penalty(layer, {.l2 = 0.5f}); });
  EXPECT_THAT(l2.gradients[0], near({0.5, -1, 0, 1.5}));
}

TEST(Penalty, OfTwoIsTheWeightDecayOfGradientDescent) {
  Linear penalized = small_linear();
  Linear decayed = small_linear();
  optim::Sgd plain{{.learning_rate = 0.1f}};
  optim::Sgd decaying{{.learning_rate = 0.1f, .weight_decay = 0.3f}};
  const Tensor x{{1, 2}, {3, -1}};
  for (int i = 0; i < 5; ++i) {
    const auto a = value_and_grad(
        penalized, [&] { return mean(square(penalized(x))) + penalty(penalized, {.l2 = 0.3f}); });
    plain.step(penalized, a.gradients);
    const auto b = value_and_grad(decayed, [&] { return mean(square(decayed(x))); });
    decaying.step(decayed, b.gradients);
  }
  EXPECT_THAT(penalized.weight, near(decayed.weight.to_vector<double>(), 1e-5));
}

TEST(Penalty, RefusesANegativeWeight) {
  Linear layer = small_linear();
  EXPECT_STREQ(error_of([&] { penalty(layer, {.l1 = -1}); }).what(),
               "penalty: l1 and l2 must be 0 or more, not -1 and 0");
}

}  // namespace
}  // namespace gradus::nn
