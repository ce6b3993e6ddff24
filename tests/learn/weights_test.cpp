// Expected values: scikit-learn 1.9.1 with the same sample_weight, run to tolerances of 1e-10.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/learn/decision_tree.h"
#include "gradus/learn/elastic_net.h"
#include "gradus/learn/estimator_kinds.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/k_means.h"
#include "gradus/learn/linear_regression.h"
#include "gradus/learn/logistic_regression.h"
#include "gradus/learn/naive_bayes.h"
#include "gradus/learn/options.h"
#include "gradus/learn/pipeline.h"
#include "gradus/learn/scaler.h"
#include "gradus/learn/support_vector_machine.h"
#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::near;
using testing::values;

/// 0, 1.5, 2.5, 3.5, 0, 1.5, ...
Tensor four_weights(std::int64_t count) {
  std::vector<double> weights;
  for (std::int64_t i = 0; i < count; ++i) {
    weights.push_back(i % 4 == 0 ? 0 : static_cast<double>(i % 4) + 0.5);
  }
  return Tensor::from(weights);
}

Tensor example(const Tensor& x, std::int64_t i) {
  return slice(x, 0, {.start = i, .stop = i + 1}).eval();
}

TEST(Weights, OfDiabetesGiveScikitLearnsLines) {
  GRADUS_NEEDS("diabetes");
  const Table diabetes = scaled_diabetes();
  const Tensor weights = four_weights(442);
  const auto first_three = [](const Tensor& coefficients) {
    return slice(coefficients, 0, {.stop = 3});
  };
  for (const auto method : {linalg::LeastSquaresMethod::svd, linalg::LeastSquaresMethod::qr,
                            linalg::LeastSquaresMethod::normal_equations}) {
    LinearRegression line{{.method = method}};
    line.fit(diabetes.x, diabetes.y, weights);
    // The table was rounded to f32 when it was read.
    EXPECT_THAT(first_three(line.coefficients),
                near({-36.481878011861, -257.502179857239, 478.947522577535}, 1e-3));
    EXPECT_NEAR(line.intercept.item<double>(), 151.432434287207, 1e-5);
    Ridge ridge{{.method = method}};
    ridge.fit(diabetes.x, diabetes.y, weights);
    EXPECT_THAT(first_three(ridge.coefficients),
                near({1.503607613127, -138.020899752624, 346.949357267777}, 1e-3));
    EXPECT_NEAR(ridge.intercept.item<double>(), 151.062789375086, 1e-5);
  }
  ElasticNet net{{.penalty = 0.01, .l1_share = 0.7, .tolerance = 1e-12, .max_iterations = 100000}};
  net.fit(diabetes.x, diabetes.y, weights);
  EXPECT_THAT(first_three(net.coefficients),
              near({18.23911944693, -69.753772993249, 249.373856629851}, 1e-3));
  EXPECT_NEAR(net.intercept.item<double>(), 150.777682787333, 1e-5);
  SupportVectorRegressor machine{{.penalty = 10, .tolerance = 1e-9}};
  machine.fit(diabetes.x, diabetes.y, weights);
  EXPECT_THAT(machine.predict(slice(diabetes.x, 0, {.stop = 2})),
              near({203.284229944344, 70.588231592564}, 1e-3));
  DecisionTreeRegressor tree{{.max_depth = 2}};
  tree.fit(diabetes.x, diabetes.y, weights);
  EXPECT_THAT(tree.predict(slice(diabetes.x, 0, {.stop = 2})),
              near({162.804635761589, 104.821515892421}, 1e-8));
  const auto importances = values(tree.tree.importances(10));
  EXPECT_NEAR(importances[2], 0.270469094187, 1e-9);
  EXPECT_NEAR(importances[8], 0.729530905813, 1e-9);
}

TEST(Weights, OfIrisGiveScikitLearnsClasses) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  const Tensor weights = four_weights(150), flower = example(iris.x, 70);
  const auto shares = [&](Classifier&& model) {
    model.fit(iris.x, iris.y, weights);
    return model.predict_probabilities(flower);
  };
  EXPECT_THAT(shares(LogisticRegression{{.tolerance = 1e-9}}),
              near({0.000941691161, 0.443843420137, 0.555214888703}, 1e-6));
  EXPECT_THAT(shares(GaussianNaiveBayes{}), near({0, 0.1279445658434, 0.8720554341566}, 1e-5));
  EXPECT_THAT(shares(MultinomialNaiveBayes{}),
              near({0.024957051588, 0.494830897518, 0.480212050894}, 1e-6));
  EXPECT_THAT(shares(BernoulliNaiveBayes{{.threshold = 3}}),
              near({0.021999340039, 0.361352492195, 0.616648167766}, 1e-9));
  EXPECT_THAT(shares(DecisionTreeClassifier{{.max_depth = 2}}),
              near({0, 0.077720207254, 0.922279792746}, 1e-9));
  SupportVectorClassifier machine{{.tolerance = 1e-9}};
  machine.fit(iris.x, iris.y, weights);
  EXPECT_THAT(machine.intercepts, near({0.127294525504, -0.16381793072, -0.092122099323}, 1e-5));
}

TEST(Weights, OfATreesNodesAddUp) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  DecisionTreeClassifier model;
  model.fit(iris.x, iris.y, four_weights(150));
  EXPECT_EQ(model.tree.mass.data<double>()[0], 279);
  EXPECT_EQ(model.tree.samples.data<std::int64_t>()[0], 112);  // without those of weight 0
  EXPECT_NEAR(model.tree.impurity.data<double>()[0], 0.666493236212, 1e-12);
}

TEST(Weights, OfClustersCountInTheirInertia) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  const Tensor weights = four_weights(150);
  for (const auto start : {KMeansOptions::Start::plus_plus, KMeansOptions::Start::random}) {
    KMeans model{{.clusters = 3, .start = start, .starts = 20}};
    model.fit(iris.x, {}, weights);
    EXPECT_NEAR(model.inertia.item<double>(), 147.041458760531, 1e-4);
  }
}

/// Examples as often as their weights say.
std::vector<std::int64_t> repeated(const std::vector<double>& weights) {
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    rows.insert(rows.end(), static_cast<std::size_t>(weights[i]), static_cast<std::int64_t>(i));
  }
  return rows;
}

/// What an estimator says of examples, whatever it can be asked.
Tensor answer(const Estimator& estimator, const Tensor& x) {
  try {
    return estimator.decision(x);
  } catch (const Error&) {
  }
  try {
    return estimator.predict_probabilities(x);
  } catch (const Error&) {
    return estimator.predict(x);
  }
}

TEST(Weights, AreAsGoodAsRepetition) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  std::vector<double> counts;
  for (std::int64_t i = 0; i < 150; ++i) counts.push_back(static_cast<double>((i * i + 1) % 4));
  const std::vector<std::int64_t> rows = repeated(counts);
  int compared = 0;
  for (const EstimatorKind& kind : estimator_kinds()) {
    const auto weighted = kind.make(), plain = kind.make();
    // Clusters begin with what chance picks, and the median variance of gamma counts examples.
    const std::string name = kind.name;
    if (!weighted->takes_weights() || name.find("k_means") != name.npos) continue;
    SCOPED_TRACE(name);
    ++compared;
    for (Estimator* each : {weighted.get(), plain.get()}) {
      for (const auto& [option, value] : options_of(*each)) {
        if (option == "tolerance") set_options(*each, {{option, 1e-9}});
        if (option == "gamma") set_options(*each, {{option, 0.25}});
        if (option == "variance_smoothing") set_options(*each, {{option, 1e-14}});
      }
    }
    weighted->fit(iris.x, iris.y, Tensor::from(counts));
    plain->fit(rows_of(iris.x, rows), rows_of(iris.y, rows));
    EXPECT_THAT(answer(*weighted, iris.x), near(values(answer(*plain, iris.x)), 1e-5));
  }
  EXPECT_EQ(compared, 11);
}

TEST(Weights, OfOneAreNone) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  for (const EstimatorKind& kind : estimator_kinds()) {
    const auto weighted = kind.make(), plain = kind.make();
    if (!weighted->takes_weights()) continue;
    SCOPED_TRACE(kind.name);
    weighted->fit(iris.x, iris.y, full({150}, 1, DType::f64));
    plain->fit(iris.x, iris.y);
    EXPECT_THAT(weighted->predict(iris.x), near(values(plain->predict(iris.x)), 1e-8));
  }
}

TEST(Weights, OfAPipelineReachItsLastPart) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  Pipeline pipeline;
  pipeline.add("scale", StandardScaler{}).add("near", GaussianNaiveBayes{});
  pipeline.fit(iris.x, iris.y, four_weights(150));
  StandardScaler scaler;
  scaler.fit(iris.x);
  GaussianNaiveBayes alone;
  alone.fit(scaler.transform(iris.x), iris.y, four_weights(150));
  EXPECT_EQ(values(pipeline.predict_probabilities(iris.x)),
            values(alone.predict_probabilities(scaler.transform(iris.x))));
}

TEST(Weights, OfNoUseAreRefused) {
  const Tensor x = Tensor{{0.0f, 1.0f}, {1.0f, 0.5f}, {2.0f, 3.0f}, {3.0f, 1.5f}};
  const Tensor y = Tensor::from(std::vector<std::int64_t>{0, 0, 1, 1});
  const auto refused = [&](Estimator&& model, const std::vector<double>& weights) {
    return error_of([&] { model.fit(x, y, Tensor::from(weights)); });
  };
  EXPECT_THAT(refused(LinearRegression{}, {1, 1, 1}).what(), HasSubstr("each of 4 examples"));
  EXPECT_THAT(refused(Ridge{}, {1, -1, 1, 1}).what(), HasSubstr("weight 1 must be finite"));
  EXPECT_THAT(refused(KMeans{{.clusters = 2}}, {1, NAN, 1, 1}).what(), HasSubstr("not nan"));
  EXPECT_THAT(refused(DecisionTreeRegressor{}, {0, 0, 0, 0}).what(),
              HasSubstr("all weights are zero"));
  EXPECT_THAT(refused(GaussianNaiveBayes{}, {1, 1, 0, 0}).what(),
              HasSubstr("all examples of class 1 have the weight zero"));
  const auto scaler = refused(StandardScaler{}, {1, 1, 1, 1});
  EXPECT_EQ(scaler.code(), ErrorCode::unsupported);
  EXPECT_THAT(scaler.what(), HasSubstr("weights"));
}

TEST(Weights, OfAllSizesGiveFiniteTrees) {
  const Tensor x = Tensor{{0.0f}, {1.0f}, {2.0f}, {3.0f}};
  const Tensor y = Tensor::from(std::vector<std::int64_t>{0, 1, 0, 1});
  const Tensor weights = Tensor::from(std::vector<double>{1e-300, 1, 1e300, 1e-20});
  DecisionTreeClassifier classifier;
  classifier.fit(x, y, weights);
  EXPECT_EQ(values(classifier.predict(example(x, 2))), std::vector<double>{0});
  DecisionTreeRegressor regressor;
  regressor.fit(x, y, weights);
  EXPECT_EQ(values(regressor.predict(example(x, 2))), std::vector<double>{0});
}

}  // namespace
}  // namespace gradus::learn
