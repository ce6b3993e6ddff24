#include "gradus/train/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gradus/base/error.h"
#include "gradus/train/history.h"
#include "tests/support/tensors.h"

namespace gradus::train {
namespace {

using testing::column;

// Numbers as (n, 1).
TEST(Metrics, AccuracyIsTheShareOfExamplesWhoseLargestScoreIsTheLabel) {
  MetricSums sums(MetricSet::classification);
  const Tensor scores{{0.1f, 0.9f}, {2.0f, -1.0f}, {0.3f, 0.4f}};
  sums.add(0.5, scores, Tensor::from(std::vector<std::int64_t>{1, 0, 0}));
  sums.add(2.0, Tensor{{1, 0}}, Tensor::from(std::vector<std::int64_t>{1}));
  const Metrics metrics = sums.result();
  EXPECT_DOUBLE_EQ(*find_metric(metrics, "loss"), (3 * 0.5 + 2.0) / 4);  // weighted by batch size
  EXPECT_DOUBLE_EQ(*find_metric(metrics, "accuracy"), 2.0 / 4);
  EXPECT_FALSE(find_metric(metrics, "mse"));
}

TEST(Metrics, RegressionMatchesScikitLearnsExample) {
  // sklearn.metrics.r2_score's documentation: y_true = [3, -0.5, 2, 7], y_pred = [2.5, 0, 2, 8]
  // gives r2 0.948..., mean_squared_error 0.375, mean_absolute_error 0.5.
  MetricSums sums(MetricSet::regression);
  sums.add(0, column({2.5f, 0.0f}), column({3.0f, -0.5f}));
  sums.add(0, column({2.0f, 8.0f}), column({2.0f, 7.0f}));
  EXPECT_DOUBLE_EQ(*find_metric(sums.result(), "mse"), 0.375);
  EXPECT_DOUBLE_EQ(*find_metric(sums.result(), "mae"), 0.5);
  EXPECT_NEAR(*find_metric(sums.result(), "r2"), 0.9486081370449679, 1e-12);
}

TEST(Metrics, R2DoesNotCancelFarFromZero) {
  MetricSums sums(MetricSet::regression);
  sums.add(0, column({1000003.0f, 1000001.0f}), column({1000002.0f, 1000000.0f}));
  // Errors 1 and 1; targets deviate by 1 from their mean: 1 - 2 / 2.
  EXPECT_NEAR(*find_metric(sums.result(), "r2"), 0, 1e-9);
}

TEST(Metrics, R2OfEqualTargetsHasNoMeaning) {
  MetricSums sums(MetricSet::regression);
  sums.add(0, column({1.0f, 2.0f}), column({3.0f, 3.0f}));
  EXPECT_TRUE(std::isnan(*find_metric(sums.result(), "r2")));
}

TEST(Metrics, SumsGoOnFromTheirState) {
  const Tensor a = column({0.25f, 0.5f}), b = column({1.0f, -3.0f});
  MetricSums whole(MetricSet::regression), first(MetricSet::regression),
      second(MetricSet::regression);
  whole.add(0.1, a, b);
  whole.add(0.7, b, a);
  first.add(0.1, a, b);
  second.load_state(first.state());
  second.add(0.7, b, a);
  EXPECT_EQ(second.state(), whole.state());
  EXPECT_THROW(second.load_state({1, 2}), Error);
}

TEST(Metrics, ScoresThatDoNotFitTheLabelsAreRefused) {
  MetricSums sums(MetricSet::classification);
  EXPECT_THROW(sums.add(0, Tensor{1, 2}, Tensor::from(std::vector<std::int64_t>{0, 1})), Error);
}

const EpochRecord kRecord{.epoch = 3,
                          .training = {{"loss", 0.1}, {"accuracy", 1.0 / 3}},
                          .validation = {{"loss", 0.25}, {"accuracy", 0.5}},
                          .learning_rate = 1e-3,
                          .seconds = 1.5};

TEST(ValueText, IsShortForEveryValue) {
  EXPECT_EQ(value_text(0.56097, 4), "0.5610");
  EXPECT_EQ(value_text(12345.6, 3), "12345.600");
  EXPECT_EQ(value_text(-2.49999996e30, 4), "-2.5e+30");
  EXPECT_EQ(value_text(-std::numeric_limits<double>::quiet_NaN(), 4), "nan");
  EXPECT_EQ(value_text(std::numeric_limits<double>::infinity(), 4), "inf");
}

TEST(History, IsOneObjectALine) {
  EXPECT_EQ(to_json(kRecord),
            "{\"epoch\":3,\"train_loss\":0.1,\"train_accuracy\":0.3333333333333333,"
            "\"validation_loss\":0.25,\"validation_accuracy\":0.5,\"learning_rate\":0.001,"
            "\"seconds\":1.5}");
}

TEST(History, NamesLeadToNumbers) {
  EXPECT_EQ(find_metric(kRecord, "train_loss"), 0.1);
  EXPECT_EQ(find_metric(kRecord, "validation_accuracy"), 0.5);
  EXPECT_EQ(find_metric(kRecord, "learning_rate"), 1e-3);
  EXPECT_FALSE(find_metric(kRecord, "loss"));
  EXPECT_FALSE(find_metric(kRecord, "validation_r2"));
}

TEST(History, KeepsEveryBit) {
  EpochRecord record = kRecord;
  record.training[0].second = std::nextafter(0.1, 1);
  record.validation[1].second = std::numeric_limits<double>::denorm_min();
  const auto back = history_from_json(history_to_json({record, kRecord}));
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0].training, record.training);
  EXPECT_EQ(back[0].validation, record.validation);
  EXPECT_EQ(back[1].seconds, 1.5);
}

TEST(History, NumbersThatAreNotFiniteAreNull) {
  EpochRecord record{.epoch = 1, .training = {{"loss", NAN}}};
  EXPECT_EQ(to_json(record),
            "{\"epoch\":1,\"train_loss\":null,\"learning_rate\":0.0,\"seconds\":0.0}");
  EXPECT_TRUE(std::isnan(history_from_json(history_to_json({record}))[0].training[0].second));
}

TEST(History, TextThatIsNoneIsRefused) {
  for (const char* text : {"", "{", "[{\"epoch\":\"x\"}]", "[{\"other\":1}]", "[3]"}) {
    EXPECT_THROW(history_from_json(text), Error) << text;
  }
}

}  // namespace
}  // namespace gradus::train
