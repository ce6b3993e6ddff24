// Expected values: scikit-learn 1.9.1.
#include "gradus/learn/naive_bayes.h"

#include <gtest/gtest.h>

#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::error_of;
using testing::near;

TEST(GaussianNaiveBayes, KnowsIris) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  GaussianNaiveBayes model;
  model.fit(iris.x, iris.y);
  EXPECT_NEAR(model.score(iris.x, iris.y), 0.96, 1e-12);
  EXPECT_THAT(select(model.variances, 0, 0),
              near({0.12176399008, 0.140816001196, 0.029556006584, 0.010884003668}, 1e-11));
  const Tensor p = model.predict_probabilities(iris.x);
  EXPECT_THAT(select(p, 0, 70), near({0, 0.1544939937470074, 0.8455060062529927}, 1e-9));
  EXPECT_THAT(select(p, 0, 133), near({0, 0.7126450815237815, 0.28735491847621863}, 1e-9));
}

TEST(MultinomialNaiveBayes, ReadsDigits) {
  GRADUS_NEEDS("digits");
  const Table digits = table("digits");
  MultinomialNaiveBayes model;
  model.fit(digits.x, digits.y);
  EXPECT_NEAR(model.score(digits.x, digits.y), 0.9053978853644964, 1e-12);
  EXPECT_NEAR(testing::values(model.predict_probabilities(digits.x))[53], 3.702822537333803e-08,
              1e-15);
}

TEST(BernoulliNaiveBayes, ReadsDigits) {
  GRADUS_NEEDS("digits");
  const Table digits = table("digits");
  BernoulliNaiveBayes model{{.threshold = 5}};
  model.fit(digits.x, digits.y);
  EXPECT_NEAR(model.score(digits.x, digits.y), 0.8964941569282137, 1e-12);
  EXPECT_NEAR(testing::values(model.predict_probabilities(digits.x))[53], 0.0057097039599066475,
              1e-12);
}

TEST(NaiveBayes, RefusesWhatHasNoProbabilities) {
  const Tensor y = Tensor::from(std::vector<int>{0, 1});
  MultinomialNaiveBayes counts;
  EXPECT_STREQ(error_of([&] {
                 counts.fit(Tensor{{1, 2}, {3, -4}}, y);
               }).what(),
               "multinomial_naive_bayes: features are counts, and one is negative");
  EXPECT_FALSE(counts.is_fitted());
  EXPECT_FALSE(counts.classes.defined());
  GaussianNaiveBayes normal;
  EXPECT_EQ(error_of([&] { normal.fit(Tensor{{1, 2}, {1, 2}}, y); }).code(), ErrorCode::numeric);
  BernoulliNaiveBayes flags{{.smoothing = 0}};
  EXPECT_EQ(error_of([&] {
              flags.fit(Tensor{{1, 2}, {3, 4}}, y);
            }).code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace gradus::learn
