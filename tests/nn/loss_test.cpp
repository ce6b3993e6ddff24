#include "gradus/nn/loss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::column;
using testing::error_of;
using ::testing::HasSubstr;
using testing::near;

Tensor labels(std::vector<std::int64_t> values) { return Tensor::from(values); }

/// log softmax of a row, by its definition, in double.
std::vector<double> log_probabilities(const std::vector<double>& logits) {
  double total = 0;
  for (const double x : logits) total += std::exp(x);
  std::vector<double> result;
  for (const double x : logits) result.push_back(x - std::log(total));
  return result;
}

const Tensor kLogits{{2, -1, 0.5f}, {0, 3, -2}};
const std::vector<double> kFirst = log_probabilities({2, -1, 0.5});
const std::vector<double> kSecond = log_probabilities({0, 3, -2});

TEST(MeanSquaredError, AveragesSquaredDifferences) {
  const Tensor prediction{1, 2, 4};
  const Tensor target{1, 0, 1};
  EXPECT_THAT(mean_squared_error(prediction, target), near({13.0 / 3}));
  EXPECT_THAT(mean_squared_error(prediction, target, {.reduction = Reduction::sum}), near({13}));
  EXPECT_THAT(mean_squared_error(prediction, target, {.reduction = Reduction::none}),
              near({0, 4, 9}));
}

TEST(MeanSquaredError, RefusesShapesThatWouldBroadcast) {
  const Error error = error_of([] { mean_squared_error(column({1.0f, 2.0f}), Tensor{1, 2}); });
  EXPECT_STREQ(error.what(), "mean_squared_error: the prediction has shape [2, 1], the target [2]");
}

TEST(MeanAbsoluteError, AveragesDistances) {
  EXPECT_THAT(mean_absolute_error(Tensor{1, 2, 4}, Tensor{1, 5, 2}), near({5.0 / 3}));
}

TEST(Huber, IsSquaredNearAndAbsoluteFar) {
  const Tensor prediction{0.5f, -3, 2};
  const Tensor target{0, 0, 0};
  EXPECT_THAT(huber(prediction, target, {.delta = 2, .reduction = Reduction::none}),
              near({0.125, 2 * (3 - 1), 2}));
  EXPECT_THAT(huber(prediction, target), near({(0.125 + 2.5 + 1.5) / 3}));
}

TEST(Huber, HasASlopeNoSteeperThanDelta) {
  const UnaryFunction f = [](const Tensor& x) {
    return huber(x, Tensor{0, 0, 0, 0, 0}, {.delta = 2, .reduction = Reduction::sum});
  };
  EXPECT_THAT(grad(f)(Tensor{-5, -1, 0, 2, 3}), near({-2, -1, 0, 2, 2}));
}

TEST(CrossEntropy, OfLabelsIsTheNegativeLogProbability) {
  const double expected = -(kFirst[0] + kSecond[2]) / 2;
  EXPECT_THAT(cross_entropy(kLogits, labels({0, 2})), near({expected}));
  EXPECT_THAT(cross_entropy(kLogits, labels({0, 2}), {.reduction = Reduction::none}),
              near({-kFirst[0], -kSecond[2]}));
  EXPECT_THAT(cross_entropy(kLogits, labels({0, 2}), {.reduction = Reduction::sum}),
              near({2 * expected}));
}

TEST(CrossEntropy, OfProbabilitiesIsTheExpectedNegativeLogProbability) {
  const Tensor target{{0.2f, 0.3f, 0.5f}, {1, 0, 0}};
  const double first = -(0.2 * kFirst[0] + 0.3 * kFirst[1] + 0.5 * kFirst[2]);
  EXPECT_THAT(cross_entropy(kLogits, target, {.reduction = Reduction::none}),
              near({first, -kSecond[0]}));
}

TEST(CrossEntropy, OfOneHotProbabilitiesIsThatOfLabels) {
  const Tensor target{{0, 1, 0}, {0, 0, 1}};
  for (const float smoothing : {0.0f, 0.2f}) {
    const CrossEntropyOptions options{.label_smoothing = smoothing};
    EXPECT_NEAR(cross_entropy(kLogits, target, options).item<double>(),
                cross_entropy(kLogits, labels({1, 2}), options).item<double>(), 1e-6);
  }
}

TEST(CrossEntropy, SmoothingSpreadsTheTargetOverAllClasses) {
  // Szegedy et al. 2016, section 7: q(k) = (1 - s) [k = y] + s / K.
  const double s = 0.3;
  double expected = 0;
  for (int k = 0; k < 3; ++k) {
    expected -= ((k == 0 ? 1 - s : 0) + s / 3) * kFirst[k];
    expected -= ((k == 2 ? 1 - s : 0) + s / 3) * kSecond[k];
  }
  EXPECT_THAT(cross_entropy(kLogits, labels({0, 2}), {.label_smoothing = 0.3f}),
              near({expected / 2}));
}

TEST(CrossEntropy, MeanOfWeightedClassesDividesByTheWeights) {
  const Tensor weights{1, 2, 5};
  const CrossEntropyOptions options{.class_weights = weights};
  const double expected = -(1 * kFirst[0] + 5 * kSecond[2]) / (1 + 5);
  EXPECT_THAT(cross_entropy(kLogits, labels({0, 2}), options), near({expected}));
}

TEST(CrossEntropy, WeightsAndSmoothingWorkTogether) {
  const double w[] = {1, 2, 5};
  const double s = 0.1;
  double first = -(1 - s) * w[0] * kFirst[0];
  for (int k = 0; k < 3; ++k) first -= s / 3 * w[k] * kFirst[k];
  const CrossEntropyOptions options{
      .label_smoothing = 0.1f, .class_weights = Tensor{1, 2, 5}, .reduction = Reduction::none};
  EXPECT_NEAR(cross_entropy(kLogits, labels({0, 2}), options).to_vector<double>()[0], first, 1e-6);
}

TEST(CrossEntropy, FindsTheClassesAlongAnyAxis) {
  // (batch 1, classes 3, pixels 2)
  const Tensor planes{{{2, 0}, {-1, 3}, {0.5f, -2}}};
  EXPECT_THAT(cross_entropy(planes, reshape(labels({0, 2}), Dims{1, 2}), {.axis = 1}),
              near({-(kFirst[0] + kSecond[2]) / 2}));
  EXPECT_THAT(cross_entropy(planes, Tensor{{{1, 0}, {0, 0}, {0, 1}}}, {.axis = 1}),
              near({-(kFirst[0] + kSecond[2]) / 2}));
}

TEST(CrossEntropy, OfHugeLogitsIsFinite) {
  EXPECT_THAT(cross_entropy(Tensor{{1000, 0}, {0, -1000}}, labels({1, 0})), near({500}));
}

TEST(CrossEntropy, HasTheGradientSoftmaxMinusTarget) {
  const UnaryFunction f = [](const Tensor& x) { return cross_entropy(x, labels({0, 2})); };
  std::vector<double> expected;
  for (int k = 0; k < 3; ++k) expected.push_back((std::exp(kFirst[k]) - (k == 0)) / 2);
  for (int k = 0; k < 3; ++k) expected.push_back((std::exp(kSecond[k]) - (k == 2)) / 2);
  EXPECT_THAT(grad(f)(kLogits), near(expected));
}

TEST(CrossEntropy, SaysWhatItWasGiven) {
  EXPECT_THAT(error_of([] {
                cross_entropy(kLogits, labels({0, 1, 2}));
              }).what(),
              HasSubstr("the scores have shape [2, 3], the labels [3]"));
  EXPECT_THAT(error_of([] {
                cross_entropy(kLogits, Tensor{0, 1});
              }).what(),
              HasSubstr("labels must be integers, not f32[2]"));
  EXPECT_THAT(error_of([] {
                cross_entropy(kLogits, reshape(labels({0, 1, 0, 1, 0, 1}), Dims{2, 3}));
              }).what(),
              HasSubstr("must be floating, not i64[2, 3]"));
  EXPECT_THAT(error_of([] {
                cross_entropy(kLogits, labels({0, 1}), {.class_weights = Tensor{1, 2}});
              }).what(),
              HasSubstr("there are 3 classes"));
  EXPECT_THAT(error_of([] {
                cross_entropy(kLogits, labels({0, 1}), {.label_smoothing = 2});
              }).what(),
              HasSubstr("label_smoothing must be in [0, 1], not 2"));
}

TEST(BinaryCrossEntropy, MatchesItsDefinition) {
  const auto expected = [](double x, double t) {
    const double p = 1 / (1 + std::exp(-x));
    return -t * std::log(p) - (1 - t) * std::log(1 - p);
  };
  const Tensor logits{2, -1, 0.5f};
  EXPECT_THAT(
      binary_cross_entropy_with_logits(logits, Tensor{1, 0, 0.3f}, {.reduction = Reduction::none}),
      near({expected(2, 1), expected(-1, 0), expected(0.5, 0.3)}));
  EXPECT_THAT(binary_cross_entropy_with_logits(logits, labels({1, 1, 0}),
                                               {.positive_weight = 3, .reduction = Reduction::sum}),
              near({3 * expected(2, 1) + 3 * expected(-1, 1) + expected(0.5, 0)}));
}

TEST(BinaryCrossEntropy, NeitherOverflowsNorLosesSmallLosses) {
  const Tensor logits{1000, -1000, 50, -50};
  const auto losses =
      binary_cross_entropy_with_logits(logits, Tensor{0, 1, 1, 0}, {.reduction = Reduction::none})
          .to_vector<double>();
  EXPECT_EQ(losses[0], 1000);
  EXPECT_EQ(losses[1], 1000);
  EXPECT_NEAR(losses[2] / std::exp(-50.0), 1, 1e-5);
  EXPECT_NEAR(losses[3] / std::exp(-50.0), 1, 1e-5);
}

TEST(BinaryCrossEntropy, HasTheGradientSigmoidMinusTarget) {
  const UnaryFunction f = [](const Tensor& x) {
    return binary_cross_entropy_with_logits(x, Tensor{1, 0, 1}, {.reduction = Reduction::sum});
  };
  EXPECT_THAT(grad(f)(Tensor{0, 0, 2}), near({-0.5, 0.5, 1 / (1 + std::exp(-2.0)) - 1}));
}

TEST(Hinge, IsZeroBeyondTheMargin) {
  EXPECT_THAT(hinge(Tensor{2, 0.5f, -1}, Tensor{1, 1, 1}, {.reduction = Reduction::none}),
              near({0, 0.5, 2}));
  EXPECT_THAT(hinge(Tensor{2, 0.5f, -1}, Tensor{-1, -1, -1}), near({(3 + 1.5 + 0) / 3}));
}

TEST(MulticlassHinge, ComparesTheLabelWithTheBestOther) {
  const Tensor scores{{3, 1, 2.5f}, {0, 4, 1}, {5, 0, 1}};
  EXPECT_THAT(multiclass_hinge(scores, labels({0, 2, 0}), {.reduction = Reduction::none}),
              near({0.5, 4, 0}));
}

TEST(KlDivergence, MatchesItsDefinitionAndIgnoresZeros) {
  const Tensor target{{0.25f, 0.75f, 0}, {0.5f, 0, 0.5f}};
  const double first = 0.25 * (std::log(0.25) - kFirst[0]) + 0.75 * (std::log(0.75) - kFirst[1]);
  const double second = 0.5 * (std::log(0.5) - kSecond[0]) + 0.5 * (std::log(0.5) - kSecond[2]);
  std::vector<float> rows;
  for (const auto& row : {kFirst, kSecond}) {
    for (const double value : row) rows.push_back(static_cast<float>(value));
  }
  const Tensor prediction = Tensor::from(rows, {2, 3});
  EXPECT_THAT(kl_divergence(prediction, target, {.reduction = Reduction::none}),
              near({first, second}));
  const UnaryFunction f = [&](const Tensor& p) {
    return kl_divergence(prediction, p, {.reduction = Reduction::sum});
  };
  for (const float g : grad(f)(target).to_vector<float>()) EXPECT_TRUE(std::isfinite(g));
}

TEST(KlDivergence, OfADistributionFromItselfIsZero) {
  const Tensor p{{0.25f, 0.75f}};
  const Tensor log_p{{std::log(0.25f), std::log(0.75f)}};
  EXPECT_THAT(kl_divergence(log_p, p), near({0}));
}

TEST(NegativeLogLikelihood, PicksTheLabel) {
  EXPECT_THAT(negative_log_likelihood(Tensor{{-1, -2, -3}, {-4, -5, -6}}, labels({2, 0})),
              near({3.5}));
}

TEST(Loss, IsMadeOfAFunctionOrALambda) {
  const Loss squared = mean_squared_error;
  EXPECT_THAT(squared(Tensor{1, 2}, Tensor{0, 0}), near({2.5}));
  const Loss doubled = [](const Tensor& p, const Tensor& t) { return sum(p - t) * 2.0; };
  EXPECT_THAT(doubled(Tensor{1, 2}, Tensor{0, 0}), near({6}));
}

}  // namespace
}  // namespace gradus::nn
