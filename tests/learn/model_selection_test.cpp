// Expected values: scikit-learn 1.9.1.
#include <gtest/gtest.h>

#include "gradus/base/parallel.h"
#include "gradus/learn/cross_validation.h"
#include "gradus/learn/elastic_net.h"
#include "gradus/learn/k_means.h"
#include "gradus/learn/naive_bayes.h"
#include "gradus/learn/pipeline.h"
#include "gradus/learn/scaler.h"
#include "gradus/learn/search.h"
#include "gradus/learn/support_vector_machine.h"
#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::error_of;
using testing::near;
using testing::values;

Pipeline scaled_machine() {
  Pipeline pipeline;
  pipeline.add("scale", StandardScaler{})
      .add("machine", SupportVectorClassifier{{.tolerance = 1e-6}});
  return pipeline;
}

TEST(CrossValidate, ScoresEachFoldOfIris) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  const GaussianNaiveBayes bayes;
  const auto folds = folds_for(bayes, iris.x, iris.y);
  EXPECT_THAT(cross_validate(bayes, iris.x, iris.y, folds).test,
              near({28. / 30, 29. / 30, 28. / 30, 28. / 30, 1}, 1e-12));
  EXPECT_THAT(cross_validate(scaled_machine(), iris.x, iris.y, folds).test,
              near({29. / 30, 29. / 30, 29. / 30, 28. / 30, 1}, 1e-12));
}

TEST(CrossValidate, ScoresEachFoldOfDiabetes) {
  GRADUS_NEEDS("diabetes");
  const Table diabetes = scaled_diabetes();
  const ElasticNet lasso{{.penalty = 0.1}};
  const auto folds = folds_for(lasso, diabetes.x, diabetes.y);
  EXPECT_THAT(cross_validate(lasso, diabetes.x, diabetes.y, folds).test,
              near({0.402097977047423, 0.5150859753468497, 0.48881181267726226, 0.4525954359648542,
                    0.5389818696307604},
                   1e-6));
}

TEST(CrossValidate, RefusesExamplesThatAreNotThere) {
  const Tensor two{{1, 2}, {2, 1}};
  KMeans model{{.clusters = 1}};
  EXPECT_EQ(error_of([&] {
              cross_validate(model, two, {}, {{.train = {0, 2}, .test = {1}}});
            }).code(),
            ErrorCode::index);
  EXPECT_EQ(error_of([&] { cross_validate(model, two, {}, {{.train = {}, .test = {1}}}); }).code(),
            ErrorCode::index);
  EXPECT_EQ(error_of([&] {
              cross_validate(model, two, Tensor{1}, {{.train = {0}, .test = {1}}});
            }).code(),
            ErrorCode::shape);
}

TEST(ValidationCurve, ShowsHowAnOptionMatters) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  const GaussianNaiveBayes bayes;
  const ScoreCurve curve = validation_curve(bayes, "variance_smoothing", {1e-9, 0.1, 10.0}, iris.x,
                                            iris.y, folds_for(bayes, iris.x, iris.y));
  EXPECT_THAT(mean(curve.train, {.axes = {1}}), near({0.96166667, 0.94, 0.92}, 1e-7));
  EXPECT_THAT(mean(curve.test, {.axes = {1}}), near({0.95333333, 0.93333333, 0.9}, 1e-7));
}

TEST(LearningCurve, EndsWhereCrossValidationIs) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  const auto folds = folds_for(scaled_machine(), iris.x, iris.y);
  const ScoreCurve curve = learning_curve(scaled_machine(), {0.3, 1.0}, iris.x, iris.y, folds);
  EXPECT_EQ(curve.test.shape(), (Shape{2, 5}));
  EXPECT_EQ(values(select(curve.test, 0, 1)),
            values(cross_validate(scaled_machine(), iris.x, iris.y, folds).test));
  EXPECT_LE(mean(select(curve.test, 0, 0)).item<double>(),
            mean(select(curve.test, 0, 1)).item<double>());
}

TEST(GridSearch, FindsTheBestOptionsOfAPipeline) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  const Pipeline pipeline = scaled_machine();
  const OptionGrid grid = {{"machine.penalty", {0.1, 1.0, 10.0}},
                           {"machine.kernel", {std::string("linear"), std::string("rbf")}}};
  const SearchResult result =
      grid_search(pipeline, grid, iris.x, iris.y, folds_for(pipeline, iris.x, iris.y));
  ASSERT_EQ(result.candidates.size(), 6u);
  const double means[] = {0.9666666666666666, 0.92, 0.9666666666666668,
                          0.9666666666666666, 0.96, 0.9733333333333334};
  const double deviations[] = {0.02108185106778919, 0.04521553322083511,  0.029814239699997188,
                               0.02108185106778919, 0.038873012632301994, 0.02494438257849294};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(result.candidates[i].mean, means[i], 1e-12) << i;
    EXPECT_NEAR(result.candidates[i].deviation, deviations[i], 1e-12) << i;
  }
  EXPECT_EQ(result.best, 5u);
  EXPECT_EQ(result.candidates[5].options,
            (NamedOptions{{"machine.penalty", 10.0}, {"machine.kernel", std::string("rbf")}}));
  EXPECT_NEAR(result.estimator->score(iris.x, iris.y), 0.9866666666666667, 1e-12);
}

TEST(RandomSearch, DrawsTheSameFromTheSameSeed) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  const SupportVectorClassifier machine;
  const std::vector<OptionRange> ranges = {
      {.name = "penalty", .low = 1e-2, .high = 1e2, .scale = OptionRange::Scale::logarithmic},
      {.name = "degree", .low = 2, .high = 4, .whole = true},
      {.name = "kernel", .choices = {std::string("rbf"), std::string("polynomial")}}};
  const auto folds = folds_for(machine, iris.x, iris.y);
  const int threads = thread_count();
  std::vector<NamedOptions> drawn[2];
  for (const int count : {1, 2}) {
    set_thread_count(count);
    const SearchResult result =
        random_search(machine, ranges, iris.x, iris.y, folds, {.candidates = 12, .seed = 3});
    for (const auto& candidate : result.candidates) {
      drawn[count - 1].push_back(candidate.options);
      const double penalty = std::get<double>(candidate.options[0].second);
      EXPECT_TRUE(penalty >= 1e-2 && penalty <= 1e2);
      const auto degree = std::get<std::int64_t>(candidate.options[1].second);
      EXPECT_TRUE(degree >= 2 && degree <= 4);
    }
    EXPECT_GT(result.candidates[result.best].mean, 0.95);
  }
  set_thread_count(threads);
  EXPECT_EQ(drawn[0], drawn[1]);
}

TEST(Search, RefusesWhatCannotBeSearched) {
  const Tensor x{{1, 2}, {2, 1}};
  const std::vector<Fold> folds = {{.train = {0}, .test = {1}}};
  const KMeans model{{.clusters = 1}};
  EXPECT_EQ(error_of([&] {
              grid_search(model, {{"clusters", {}}}, x, {}, folds);
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] {
              grid_search(model, {{"no_option", {1.0}}}, x, {}, folds);
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] {
              random_search(model, {{.name = "tolerance", .low = 2, .high = 1}}, x, {}, folds);
            }).code(),
            ErrorCode::invalid_argument);
}

TEST(Pipeline, StaysAsItWasIfAPartRefuses) {
  Pipeline pipeline = scaled_machine();
  const Tensor x{{1, 2}, {2, 1}};
  EXPECT_EQ(error_of([&] {
              pipeline.fit(x, Tensor::from(std::vector<int>{1, 1}));
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_FALSE(pipeline.is_fitted());
  EXPECT_FALSE(pipeline.steps()[0].estimator->is_fitted());
}

}  // namespace
}  // namespace gradus::learn
