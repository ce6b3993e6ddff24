#include "gradus/ops/normalization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "../support/error_of.h"
#include "../support/sample_variants.h"
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

Tensor random_tensor(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.5f, 2);
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (float& value : values) value = normal(random);
  return Tensor::from(values, shape);
}

TEST(LayerNorm, GivesEveryRowMeanZeroAndVarianceOne) {
  // deviations -1 and 1: variance 1
  const Tensor x{{3, 5}, {-1, -3}};
  EXPECT_THAT(layer_norm(x, Tensor(), Tensor(), 0).to_vector<float>(), ElementsAre(-1, 1, 1, -1));
  EXPECT_THAT(layer_norm(x, Tensor{2, 3}, Tensor{10, 20}, 0).to_vector<float>(),
              ElementsAre(8, 23, 12, 17));
  EXPECT_THAT(layer_norm(x, Tensor(), Tensor(), 3).to_vector<float>(),
              ElementsAre(-0.5f, 0.5f, 0.5f, -0.5f));
}

TEST(LayerNorm, TakesAsManyAxesAsItsScaleHas) {
  const Tensor x = random_tensor({4, 3, 5}, 1);
  const Tensor y = layer_norm(x, ones({3, 5}), zeros({3, 5}));
  EXPECT_THAT(mean(y, {.axes = {1, 2}}).to_vector<float>(), Each(FloatNear(0, 1e-6f)));
  EXPECT_THAT(var(y, {.axes = {1, 2}, .correction = 0}).to_vector<float>(),
              Each(FloatNear(1, 1e-4f)));
}

TEST(LayerNorm, IsRightWhenTheMeanIsFarLargerThanTheDeviations) {
  // 1e5 - 1, 1e5, 1e5 + 1: variance 2/3
  const Tensor x{99999, 100000, 100001};
  const float expected = std::sqrt(1.5f);
  EXPECT_THAT(layer_norm(x, Tensor(), Tensor(), 0).to_vector<float>(),
              ElementsAre(FloatEq(-expected), FloatNear(0, 1e-6f), FloatEq(expected)));
  // a mean that f32 cannot hold: 16777217 = 2^24 + 1
  const Tensor large{16777216, 16777218};
  EXPECT_THAT(layer_norm(large, Tensor(), Tensor(), 0).to_vector<float>(), ElementsAre(-1, 1));
}

TEST(BatchNorm, IsRightWhenTheMeanIsFarLargerThanTheDeviations) {
  const Tensor large{{16777216, 1}, {16777218, 3}};
  EXPECT_THAT(batch_norm(large, Tensor(), Tensor(), 0).output.to_vector<float>(),
              ElementsAre(-1, -1, 1, 1));
}

TEST(BatchNorm, NormalisesEveryChannelAndReturnsItsStatistics) {
  const Tensor x{{3, 0}, {5, 4}};
  const auto [y, mean, variance] = batch_norm(x, Tensor{1, 10}, Tensor{0, 1}, 0);
  EXPECT_THAT(y.to_vector<float>(), ElementsAre(-1, -9, 1, 11));
  EXPECT_THAT(mean.to_vector<float>(), ElementsAre(4, 2));
  EXPECT_THAT(variance.to_vector<float>(), ElementsAre(1, 4));
}

TEST(BatchNorm, KeepsChannelsLastAndGivesTheSame) {
  for (const std::int64_t channels : {1, 3, 6, 16, 40}) {
    const Tensor packed = random_tensor({4, 5, 7, channels}, 2);
    const Tensor last = transpose(packed, {0, 3, 1, 2});
    const Tensor first =
        Tensor::from(last.to_vector<float>().empty() ? std::vector<float>{}
                                                     : std::vector<float>(last.to_vector<float>()),
                     last.shape());
    const Tensor scale = random_tensor({channels}, 3), shift = random_tensor({channels}, 4);
    const auto a = batch_norm(last, scale, shift);
    const auto b = batch_norm(first, scale, shift);
    EXPECT_EQ(testing::difference(a.output.array(), b.output.array(), 3e-6), "") << channels;
    EXPECT_EQ(testing::difference(a.variance.array(), b.variance.array(), 3e-6), "") << channels;
    EXPECT_EQ(a.output.array().strides, last.array().strides) << channels;
  }
}

/// The operation behind `y` against its reference, run by hand.
void expect_reference(const std::function<Tensor()>& call, const std::string& what) {
  const Tensor lazy = call();
  const Node& node = *lazy.node();
  const Tensors inputs(node.inputs().begin(), node.inputs().end());
  eval(inputs);
  const auto expected = run_kernel(*node.op(), node.op()->reference(), inputs, node.attributes());
  call().eval();
  lazy.eval();
  for (std::uint32_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(testing::difference(node.output(i), expected[i], 1e-5), "") << what << ", " << i;
  }
}

TEST(Normalization, AgreesWithItsReferencesOverSizes) {
  for (const std::int64_t n : {1, 2, 5, 16, 33, 200, 3000}) {
    const Tensor x = random_tensor({70, n}, 5), g = random_tensor({70, n}, 6);
    const Tensor scale = random_tensor({n}, 7), shift = random_tensor({n}, 8);
    const std::string what = std::to_string(n);
    expect_reference([&] { return layer_norm(x, scale, shift, 0.1f); }, "rows of " + what);
    expect_reference([&] { return batch_norm(x, scale, shift, 0.1f).output; }, "channels " + what);
    const Tensor images = reshape(x, {10, 7, n});
    expect_reference([&] { return batch_norm(images, Tensor(), Tensor(), 0.1f).output; },
                     "planes of " + what);
  }
}

TEST(Normalization, HasTheGradientOfTheSameInSmallOperations) {
  const auto composed = [](const Tensor& x, const Tensor& scale, const Tensor& shift, Dims axes) {
    const Tensor centred = x - mean(x, {.axes = axes, .keep_axes = true});
    const Tensor variance = mean(square(centred), {.axes = axes, .keep_axes = true});
    return centred * rsqrt(variance + 1e-5) * scale + shift;
  };
  for (const std::int64_t channels : {3, 16, 50}) {
    const Tensor x = random_tensor({90, channels}, 1), g = random_tensor({90, channels}, 2);
    const Tensor scale = random_tensor({channels}, 3), shift = random_tensor({channels}, 4);
    for (const bool by_row : {true, false}) {
      const auto fused = vjp(
          [&](const Tensors& t) {
            return Tensors{by_row ? layer_norm(t[0], t[1], t[2])
                                  : batch_norm(t[0], t[1], t[2]).output};
          },
          {x, scale, shift});
      const auto plain = vjp(
          [&](const Tensors& t) {
            return Tensors{composed(t[0], t[1], t[2], by_row ? Dims{1} : Dims{0})};
          },
          {x, scale, shift});
      const Tensors a = fused.pullback({g}), b = plain.pullback({g});
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(testing::difference(a[i].array(), b[i].array(), 2e-5), "")
            << channels << (by_row ? " rows, " : " channels, ") << i;
      }
    }
  }
}

TEST(Normalization, NamesShapesThatDoNotFit) {
  EXPECT_STREQ(testing::error_of([] {
                 batch_norm(zeros({2, 3}), ones({2}), Tensor());
               }).what(),
               "batch_norm: scale [2] does not fit x [2, 3]: it must be [3]");
  EXPECT_STREQ(testing::error_of([] {
                 layer_norm(zeros({2, 3}), ones({3}), ones({2}));
               }).what(),
               "layer_norm: shift [2] does not fit x [2, 3]: it must be [3]");
  EXPECT_STREQ(testing::error_of([] { batch_norm(zeros({3}), Tensor(), Tensor()); }).what(),
               "batch_norm: takes (batch, channels, ...), not [3]");
  EXPECT_STREQ(testing::error_of([] { layer_norm(Tensor(1.0f), Tensor(), Tensor()); }).what(),
               "layer_norm: x [] has no axis to normalise");
}

}  // namespace
}  // namespace gradus
