#include "gradus/ops/softmax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "../support/error_of.h"
#include "../support/sample_variants.h"
#include "../support/tensors.h"
#include "gradus/autodiff/vjp.h"
#include "gradus/core/node.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"

namespace gradus {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::FloatNear;
using ::testing::IsNan;
using testing::kInfinity;
using testing::kNan;

constexpr float kLargest = std::numeric_limits<float>::max();

Tensor random_tensor(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (float& value : values) value = normal(random);
  return Tensor::from(values, shape);
}

TEST(Softmax, OfLogarithmsAreTheirProportions) {
  const Tensor x{std::log(1.0f), std::log(2.0f), std::log(5.0f)};
  EXPECT_THAT(softmax(x).to_vector<float>(),
              ElementsAre(FloatEq(0.125f), FloatEq(0.25f), FloatEq(0.625f)));
  EXPECT_THAT(
      log_softmax(x).to_vector<float>(),
      ElementsAre(FloatEq(std::log(0.125f)), FloatEq(std::log(0.25f)), FloatEq(std::log(0.625f))));
}

TEST(Softmax, IsInvariantToAConstantShift) {
  const Tensor x{{1, 2, 3, 0, -1}, {0, 0, 5, 4, 4}};  // exact also beside 1e4
  const auto expected = softmax(x).to_vector<float>();
  for (const double shift : {1e4, -1e4, 1e6}) {
    EXPECT_EQ(softmax(x + shift).to_vector<float>(), expected) << shift;
  }
}

TEST(Softmax, SumsToOneAlongItsAxis) {
  const Tensor x = random_tensor({3, 37, 19}, 3);
  for (const int axis : {0, 1, 2}) {
    EXPECT_THAT(sum(softmax(x, axis), {.axes = {axis}}).to_vector<float>(),
                Each(FloatNear(1, 1e-6f)));
    EXPECT_THAT(log_sum_exp(log_softmax(x, axis), {.axes = {axis}}).to_vector<float>(),
                Each(FloatNear(0, 1e-6f)));
  }
}

TEST(Softmax, HoldsOverTheWholeRangeOfFloats) {
  EXPECT_THAT(softmax(Tensor{kLargest, -kLargest}).to_vector<float>(), ElementsAre(1, 0));
  EXPECT_THAT(softmax(Tensor{-kLargest, -kLargest}).to_vector<float>(), ElementsAre(0.5f, 0.5f));
  EXPECT_THAT(softmax(Tensor{-kInfinity, 0, 0}).to_vector<float>(), ElementsAre(0, 0.5f, 0.5f));
  EXPECT_THAT(log_softmax(Tensor{0, -200}).to_vector<float>(), ElementsAre(0, -200));
}

TEST(Softmax, OfNanOrAnInfiniteMaximumIsNan) {
  for (const Tensor& x :
       {Tensor{kNan, 1, 2}, Tensor{kInfinity, 1, 2}, Tensor{-kInfinity, -kInfinity, -kInfinity}}) {
    EXPECT_THAT(softmax(x).to_vector<float>(), Each(IsNan()));
    EXPECT_THAT(log_softmax(x).to_vector<float>(), Each(IsNan()));
    const Tensor column = reshape(x, {3, 1}) * ones({1, 4});
    EXPECT_THAT(softmax(column, 0).to_vector<float>(), Each(IsNan()));
    EXPECT_THAT(log_softmax(column, 0).to_vector<float>(), Each(IsNan()));
  }
}

TEST(Softmax, AgreesWithTheReferenceOverSizesAndLayouts) {
  for (const std::int64_t n : {1, 2, 7, 8, 9, 31, 64, 100, 513, 3000}) {
    const Tensor rows = random_tensor({5, n}, static_cast<unsigned>(n));
    for (const Tensor& x :
         {rows, transpose(rows), testing::strided_copy(rows), slice(rows, 1, {.step = 2})}) {
      for (const int axis : {0, 1}) {
        for (const auto& f : {softmax, log_softmax}) {
          const Tensor y = f(x, axis);
          const Tensor lazy = f(x, axis);  // not evaluated: its node still has its attributes
          const auto expected = run_kernel(*lazy.node()->op(), lazy.node()->op()->reference(),
                                           {&x, 1}, lazy.node()->attributes());
          EXPECT_EQ(testing::difference(y.array(), expected[0], 2e-6), "") << n << " " << axis;
        }
      }
    }
  }
}

TEST(Softmax, KeepsALayoutWithoutGaps) {
  const Tensor images = transpose(random_tensor({2, 4, 4, 3}, 1), {0, 3, 1, 2});
  EXPECT_EQ(softmax(images, 1).array().strides, images.array().strides);
}

TEST(Softmax, NamesTheAxisInItsErrors) {
  EXPECT_STREQ(testing::error_of([] {
                 softmax(zeros({2, 3}), 3);
               }).what(),
               "softmax: axis 3 is out of range for shape [2, 3]");
  EXPECT_STREQ(testing::error_of([] { log_softmax(zeros({2}, DType::i32)); }).what(),
               "log_softmax: takes f32 or f64, not i32");
}

TEST(SoftmaxCrossEntropy, IsTheLogarithmOfTheInverseProbability) {
  const Tensor logits{{std::log(1.0f), std::log(3.0f)}, {std::log(9.0f), std::log(1.0f)}};
  const auto labels = Tensor::from(std::vector<std::int32_t>{1, 1});
  EXPECT_THAT(softmax_cross_entropy(logits, labels).to_vector<float>(),
              ElementsAre(FloatEq(std::log(4.0f / 3)), FloatEq(std::log(10.0f))));
}

TEST(SoftmaxCrossEntropy, StaysFiniteForConfidentMistakes) {
  const Tensor logits{{1e4f, 0}, {-3e38f, 3e37f}};
  const auto labels = Tensor::from(std::vector<std::int64_t>{1, 1});
  EXPECT_THAT(softmax_cross_entropy(logits, labels).to_vector<float>(), ElementsAre(1e4f, 0));
  EXPECT_EQ(softmax_cross_entropy(Tensor{0, -kInfinity}, Tensor(1)).item<float>(), kInfinity);
  EXPECT_TRUE(std::isnan(softmax_cross_entropy(Tensor{0, kNan}, Tensor(0)).item<float>()));
}

TEST(SoftmaxCrossEntropy, HasTheGradientSoftmaxMinusOneHot) {
  const Tensor logits{{std::log(1.0f), std::log(3.0f)}, {std::log(9.0f), std::log(1.0f)}};
  const auto labels = Tensor::from(std::vector<std::int64_t>{1, 0});
  const auto loss = [&](const Tensors& x) {
    return Tensors{mean(softmax_cross_entropy(x[0], labels))};
  };
  const Tensor gradient = vjp(loss, {logits}).pullback({Tensor(1.0f)})[0];
  EXPECT_THAT(gradient.to_vector<float>(),
              // 0.9 - 1 is rounded to a multiple of 2^-24, and then halved.
              ElementsAre(FloatEq(0.125f), FloatEq(-0.125f), FloatNear(-0.05f, 0x1p-25f),
                          FloatNear(0.05f, 0x1p-25f)));
}

TEST(SoftmaxCrossEntropy, NamesTheLabelThatIsNoClass) {
  const Tensor logits = zeros({2, 3});
  const auto evaluate = [&](std::vector<std::int64_t> labels) -> std::string {
    const Tensor loss = softmax_cross_entropy(logits, Tensor::from(labels));
    return testing::error_of([&] { loss.eval(); }).what();
  };
  EXPECT_EQ(evaluate({0, 3}),
            "softmax_cross_entropy: label 3 at position 1 is out of range for 3 classes");
  EXPECT_EQ(evaluate({-1, 0}),
            "softmax_cross_entropy: label -1 at position 0 is out of range for 3 classes");
}

TEST(SoftmaxCrossEntropy, NamesShapesThatDoNotFit) {
  const auto message = [](const Tensor& logits, const Tensor& labels) -> std::string {
    return testing::error_of([&] { softmax_cross_entropy(logits, labels); }).what();
  };
  EXPECT_EQ(message(zeros({2, 3}), zeros({3}, DType::i64)),
            "softmax_cross_entropy: labels [3] do not fit logits [2, 3]: there must be one label "
            "for each row");
  EXPECT_EQ(message(zeros({2, 3}), zeros({2})),
            "softmax_cross_entropy: takes integer labels, not f32");
}

}  // namespace
}  // namespace gradus
