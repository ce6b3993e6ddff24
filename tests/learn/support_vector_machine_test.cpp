// Expected values: scikit-learn 1.9.1.
#include "gradus/learn/support_vector_machine.h"

#include <gtest/gtest.h>

#include "gradus/ops/random.h"
#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::column;
using testing::error_of;
using testing::near;
using testing::values;

Tensor part(const Tensor& x, std::int64_t begin, std::int64_t end) {
  return slice(x, 0, {.start = begin, .stop = end}).eval();
}

TEST(SupportVectorClassifier, ReadsTheSecondHalfOfDigits) {
  GRADUS_NEEDS("digits");
  const Table digits = table("digits");
  SupportVectorClassifier model{{.gamma = 0.001}};
  model.fit(part(digits.x, 0, 898), part(digits.y, 0, 898));
  EXPECT_NEAR(model.score(part(digits.x, 898, 1797), part(digits.y, 898, 1797)), 0.9688542825361512,
              1e-12);
  EXPECT_NEAR(static_cast<double>(model.support.size()), 519, 4);
}

TEST(SupportVectorClassifier, DecidesAsScikitLearnDoesOnIris) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  struct Case {
    SupportVectorOptions options;
    double score;
    std::vector<double> intercepts, decisions;  // of examples 0, 70 and 133
  };
  const Case cases[] = {{{.kernel = KernelKind::linear},
                         0.9933333333333333,
                         {1.450565515896, 1.507256504234, 6.780999214978},
                         {2.2462904672934125, 1.2980331650529355, -0.30617201867117755,
                          -0.264955385870751, 2.2468480289262507, 1.1683696433668045,
                          -0.2717407955642606, 1.2516948098802727, 2.190202481237755}},
                        {{.kernel = KernelKind::rbf},
                         0.9733333333333334,
                         {0.125996809453, -0.065203685446, -0.107042819262},
                         {2.2354507273503343, 1.1609139398273565, -0.2565055898979495,
                          -0.23406947241545217, 2.196889354405889, 1.159273310386025,
                          -0.238419699661275, 1.1927639343223073, 2.1776178831856723}},
                        {{.kernel = KernelKind::polynomial, .offset = 0.5},
                         0.98,
                         {1.160179452198, 1.213236809854, 3.556252933047},
                         {2.243748826759971, 1.291448945822855, -0.3021202907292909,
                          -0.2879389742277452, 1.2699285779328662, 2.2253125892389445,
                          -0.2943805692316815, 1.2801923874334202, 2.231854152972848}}};
  for (const Case& expected : cases) {
    for (const bool shrinking : {true, false}) {
      SupportVectorOptions options = expected.options;
      options.tolerance = 1e-6;
      options.shrinking = shrinking;
      SupportVectorClassifier model{options};
      model.fit(iris.x, iris.y);
      EXPECT_NEAR(model.score(iris.x, iris.y), expected.score, 1e-12);
      EXPECT_THAT(model.intercepts, near(expected.intercepts, 2e-4));  // the kernel is f32
      const Tensor chosen = take(iris.x, Tensor::from(std::vector<int>{0, 70, 133}));
      EXPECT_THAT(model.decision(chosen), near(expected.decisions, 1e-5));
    }
  }
}

TEST(SupportVectorClassifier, OfTwoClassesIsPositiveForTheSecond) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  SupportVectorClassifier model{{.kernel = KernelKind::linear, .tolerance = 1e-8}};
  model.fit(part(iris.x, 0, 100), part(iris.y, 0, 100));
  EXPECT_THAT(model.decision(take(iris.x, Tensor::from(std::vector<int>{0, 60}))),
              near({-1.5445508399, 1.711425500842}, 1e-5));
  EXPECT_THAT(matmul(model.coefficients, model.support_vectors),
              near({-0.046034330649, 0.521723558822, -1.003166703331, -0.464180414569}, 1e-5));
}

TEST(SupportVectorRegressor, MatchesScikitLearnOnDiabetes) {
  GRADUS_NEEDS("diabetes");
  const Table diabetes = scaled_diabetes();
  SupportVectorRegressor model{{.penalty = 100, .epsilon = 5, .tolerance = 1e-6}};
  model.fit(diabetes.x, diabetes.y);
  EXPECT_NEAR(model.score(diabetes.x, diabetes.y), 0.6656437361599461, 1e-5);
  EXPECT_NEAR(values(model.intercepts)[0], 164.005173784481, 0.01);
  EXPECT_THAT(part(model.predict(diabetes.x), 0, 3),
              near({222.969719509124, 71.536000701525, 181.298645598326}, 0.01));
}

// With room for few rows of the kernel, with and without leaving variables out, the answer is one.
TEST(SupportVectorMachines, GiveTheSameAnswerWithASmallCacheAndWithoutShrinking) {
  const Tensor x = random_normal(Key(8), {1200, 6}, 0, 1, DType::f64).eval();
  const Tensor y =
      cast(greater(sum(square(x), {.axes = {1}}) + random_normal(Key(9), {1200}), Tensor(5.0)),
           DType::i64)
          .eval();
  std::vector<double> decisions[3];
  for (const int variant : {0, 1, 2}) {
    // 1 MB holds 218 rows of 1,200.
    SupportVectorClassifier model{{.penalty = 10,
                                   .tolerance = 1e-5,
                                   .shrinking = variant != 1,
                                   .cache_megabytes = variant == 2 ? 1 : 500}};
    model.fit(x, y);
    decisions[variant] = values(model.decision(x));
  }
  for (std::size_t i = 0; i < decisions[0].size(); ++i) {
    ASSERT_NEAR(decisions[0][i], decisions[1][i], 1e-3);
    ASSERT_NEAR(decisions[0][i], decisions[2][i], 1e-3);
  }
}

TEST(SupportVectorRegressor, OfConstantTargetsIsConstant) {
  SupportVectorRegressor model;
  model.fit(column({1, 2, 3}), Tensor{4, 4, 4});
  EXPECT_THAT(model.predict(column({9})), near({4}, 1e-12));
}

TEST(SupportVectorMachines, RefuseOneClassAndOptionsOutOfRange) {
  SupportVectorClassifier model;
  const Tensor x = column({1, 2});
  EXPECT_STREQ(error_of([&] {
                 model.fit(x, Tensor::from(std::vector<int>{3, 3}));
               }).what(),
               "support_vector_classifier: takes 2 classes or more, and all examples are of class "
               "3");
  const Tensor y = Tensor::from(std::vector<int>{0, 1});
  model.options.penalty = 0;
  EXPECT_STREQ(error_of([&] { model.fit(x, y); }).what(),
               "support_vector_classifier: penalty must be above 0, not 0");
  model.options = {.tolerance = 1e-9, .max_iterations = 1};
  const Tensor three = column({1, 2, 3});
  EXPECT_EQ(error_of([&] {
              model.fit(three, Tensor::from(std::vector<int>{0, 1, 0}));
            }).code(),
            ErrorCode::numeric);
}

TEST(SupportVectorClassifier, RefusesExamplesWhoseVarianceOverflows) {
  SupportVectorClassifier machine;
  const Tensor x = Tensor::from(std::vector<double>{1e155, 2e155, 3e155, 4e155}, Shape{4, 1});
  EXPECT_EQ(error_of([&] {
              machine.fit(x, Tensor::from(std::vector<std::int64_t>{0, 0, 1, 1}));
            }).code(),
            ErrorCode::numeric);
}

}  // namespace
}  // namespace gradus::learn
