// Expected values: scikit-learn 1.9.1.
#include <gtest/gtest.h>

#include <limits>

#include "gradus/learn/classification_metrics.h"
#include "gradus/learn/clustering_metrics.h"
#include "gradus/learn/regression_metrics.h"
#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::error_of;
using testing::message_of;
using testing::near;
using Integers = std::vector<std::int64_t>;

const Integers kActual = {0, 0, 0, 1, 1, 2, 2, 2, 2, 5};
const Integers kPredicted = {0, 1, 0, 1, 1, 2, 0, 2, 5, 5};

TEST(ClassificationMetrics, CountWhatWasTakenForWhat) {
  const Tensor predicted = Tensor::from(kPredicted), actual = Tensor::from(kActual);
  EXPECT_DOUBLE_EQ(accuracy(predicted, actual), 0.7);
  const Confusion confusion = confusion_matrix(predicted, actual);
  EXPECT_EQ(confusion.classes.to_vector<int>(), (std::vector<int>{0, 1, 2, 5}));
  EXPECT_THAT(confusion.counts, near({2, 1, 0, 0, 0, 2, 0, 0, 1, 0, 2, 1, 0, 0, 0, 1}, 0));
}

TEST(ClassificationMetrics, PrecisionRecallAndF1AreThoseOfEachClass) {
  const ClassScores scores = class_scores(Tensor::from(kPredicted), Tensor::from(kActual));
  EXPECT_THAT(scores.precision, near({2.0 / 3, 2.0 / 3, 1, 0.5}, 1e-15));
  EXPECT_THAT(scores.recall, near({2.0 / 3, 1, 0.5, 1}, 1e-15));
  EXPECT_THAT(scores.f1, near({2.0 / 3, 0.8, 2.0 / 3, 2.0 / 3}, 1e-15));
  EXPECT_THAT(scores.support, near({3, 2, 4, 1}, 0));
}

TEST(ClassificationMetrics, AveragesAreMacroWeightedAndMicro) {
  const Tensor predicted = Tensor::from(kPredicted), actual = Tensor::from(kActual);
  const AveragedScores macro = averaged_scores(predicted, actual);
  EXPECT_NEAR(macro.precision, 0.7083333333333333, 1e-15);
  EXPECT_NEAR(macro.recall, 0.7916666666666666, 1e-15);
  EXPECT_NEAR(macro.f1, 0.7, 1e-15);
  const AveragedScores weighted = averaged_scores(predicted, actual, Averaging::weighted);
  EXPECT_NEAR(weighted.precision, 0.7833333333333333, 1e-15);
  EXPECT_NEAR(weighted.recall, 0.7, 1e-15);
  EXPECT_NEAR(weighted.f1, 0.6933333333333334, 1e-15);
  EXPECT_NEAR(averaged_scores(predicted, actual, Averaging::micro).f1, 0.7, 1e-15);
}

TEST(ClassificationMetrics, TheRocCurveTakesTiesAtOnce) {
  const Tensor scores = Tensor::from(std::vector<double>{.1, .4, .35, .8, .4, .9, .4, .2});
  const Tensor actual = Tensor::from(Integers{0, 0, 1, 1, 0, 1, 1, 0});
  const RocCurve curve = roc_curve(scores, actual);
  EXPECT_THAT(curve.false_positive_rate, near({0, 0, 0, .5, .5, .75, 1}, 0));
  EXPECT_THAT(curve.true_positive_rate, near({0, .25, .5, .75, 1, 1, 1}, 0));
  EXPECT_THAT(curve.thresholds,
              near({std::numeric_limits<double>::infinity(), .9, .8, .4, .35, .2, .1}, 0));
  EXPECT_DOUBLE_EQ(roc_auc(scores, actual), 0.8125);
}

TEST(ClassificationMetrics, LogLossIsTheMeanSurprise) {
  const Tensor p = Tensor::from(
      std::vector<double>{.7, .2, .1, .1, .8, .1, .3, .3, .4, .05, .9, .05}, Shape{4, 3});
  EXPECT_NEAR(log_loss(p, Tensor::from(Integers{0, 1, 2, 0})), 1.1229603751702721, 1e-15);
  EXPECT_EQ(error_of([&] {
              log_loss(p, Tensor::from(Integers{0, 1, 3, 0}));
            }).code(),
            ErrorCode::index);
  const auto loss_of = [](const std::vector<double>& rows) {
    return message_of([&] {
      log_loss(Tensor::from(rows, Shape{2, 2}), Tensor::from(Integers{0, 1}));
    });
  };
  EXPECT_EQ(loss_of({3, 1, 0, 1}), "log_loss: the probabilities of example 0 add up to 4, not 1");
  EXPECT_EQ(loss_of({.5, .5, 1.5, -.5}),
            "log_loss: the probability of class 1 of example 1 is -0.5");
}

TEST(ClassificationMetrics, RefuseWhatCannotBeCompared) {
  const Tensor two = Tensor::from(Integers{0, 1}), three = Tensor::from(Integers{0, 1, 1});
  EXPECT_STREQ(error_of([&] { accuracy(two, three); }).what(),
               "accuracy: there are 3 examples and 2 classes");
  EXPECT_EQ(error_of([&] { accuracy(Tensor{0.f, 1.f}, two); }).code(), ErrorCode::dtype);
  EXPECT_EQ(error_of([&] { accuracy(Tensor(), Tensor()); }).code(), ErrorCode::shape);
  EXPECT_STREQ(error_of([&] {
                 roc_auc(Tensor{1, 2}, Tensor::from(Integers{1, 1}));
               }).what(),
               "roc_curve: both classes must be among the examples");
}

TEST(RegressionMetrics, AreOfTheErrors) {
  const Tensor predicted{2.5f, 0, 2, 8}, actual{3, -0.5f, 2, 7};
  EXPECT_NEAR(r2(predicted, actual), 0.9486081370449679, 1e-15);
  EXPECT_NEAR(mean_squared_error(predicted, actual), 0.375, 1e-15);
  EXPECT_NEAR(mean_absolute_error(predicted, actual), 0.5, 1e-15);
  EXPECT_EQ(r2(Tensor{1, 1}, Tensor{1, 1}), 1);
  EXPECT_EQ(r2(Tensor{1, 2}, Tensor{1, 1}), 0);
}

TEST(ClusteringMetrics, TheAdjustedRandIndexDoesNotSeeNames) {
  const Tensor a = Tensor::from(Integers{0, 0, 1, 1, 2, 2, 2});
  EXPECT_NEAR(adjusted_rand(a, Tensor::from(Integers{1, 1, 0, 2, 2, 2, 2})), 0.5384615384615384,
              1e-15);
  EXPECT_EQ(adjusted_rand(a, Tensor::from(Integers{7, 7, -3, -3, 0, 0, 0})), 1);
}

TEST(ClusteringMetrics, SilhouetteOfTheKindsOfIris) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  EXPECT_NEAR(silhouette(iris.x, iris.y), 0.503477440693296, 1e-7);  // f32 data
  EXPECT_EQ(error_of([&] { silhouette(iris.x, zeros_like(iris.y)); }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::learn
