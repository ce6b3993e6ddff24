// Expected values: scikit-learn 1.9.1.
#include <gtest/gtest.h>

#include <cmath>

#include "gradus/learn/encoder.h"
#include "gradus/learn/imputer.h"
#include "gradus/learn/polynomial_features.h"
#include "gradus/learn/principal_components.h"
#include "gradus/learn/scaler.h"
#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::column;
using testing::error_of;
using testing::kNan;
using testing::near;
using testing::values;

Tensor small() {
  return Tensor::from(std::vector<double>{1, -1, 2, 2, 0, 0, 0, 1, -1, 5, 5, 5}, Shape{4, 3});
}

TEST(StandardScaler, GivesMeanZeroAndDeviationOne) {
  StandardScaler scaler;
  scaler.fit(small());
  EXPECT_THAT(scaler.mean, near({2, 1.25, 1.5}, 1e-12));
  EXPECT_THAT(scaler.deviation, near({1.870828693387, 2.277608394786, 2.291287847478}, 1e-12));
  const Tensor scaled = scaler.transform(small());
  EXPECT_EQ(scaled.dtype(), DType::f64);
  EXPECT_THAT(scaled, near({-0.5345224838248488, -0.9878783399072131, 0.2182178902359924, 0,
                            -0.5488212999484517, -0.6546536707079772, -1.0690449676496976,
                            -0.10976425998969035, -1.091089451179962, 1.6035674514745464,
                            1.6464638998453551, 1.5275252316519468},
                           1e-14));
  EXPECT_THAT(scaler.inverse_transform(scaled), near(values(small()), 1e-14));
}

TEST(StandardScaler, LeavesAConstantFeatureUndivided) {
  StandardScaler scaler;
  scaler.fit(Tensor{{0.1f, 1}, {0.1f, 2}, {0.1f, 3}});
  EXPECT_EQ(scaler.deviation.to_vector<double>()[0], 1);
  EXPECT_THAT(scaler.transform(Tensor{{0.1f, 2}}), near({0, 0}, 1e-8));
}

TEST(MinMaxScaler, MovesTheRange) {
  MinMaxScaler scaler{{.low = -1, .high = 1}};
  scaler.fit(small());
  const Tensor scaled = scaler.transform(small());
  EXPECT_THAT(scaled,
              near({-0.6, -1, 0, -0.2, -2.0 / 3, -2.0 / 3, -1, -1.0 / 3, -1, 1, 1, 1}, 1e-14));
  EXPECT_THAT(scaler.inverse_transform(scaled), near(values(small()), 1e-14));
  MinMaxScaler turned{{.low = 1, .high = 1}};
  EXPECT_EQ(error_of([&] { turned.fit(small()); }).code(), ErrorCode::invalid_argument);
  EXPECT_FALSE(turned.is_fitted());
}

TEST(OneHotEncoder, HasAColumnForEachValueOfEachFeature) {
  OneHotEncoder encoder;
  const Tensor x{{3, 0}, {1, 0}, {3, 2}};
  encoder.fit(x);
  EXPECT_THAT(encoder.categories, near({1, 3, 0, 2}, 0));
  EXPECT_THAT(encoder.sizes, near({2, 2}, 0));
  const Tensor columns = encoder.transform(x);
  EXPECT_EQ(columns.signature(), "f32[3, 4]");
  EXPECT_THAT(columns, near({0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1}, 0));
  EXPECT_THAT(encoder.inverse_transform(columns), near(values(x), 0));
}

TEST(OneHotEncoder, RefusesOrIgnoresNewValues) {
  OneHotEncoder encoder;
  encoder.fit(column({1, 2}));
  EXPECT_STREQ(error_of([&] {
                 encoder.transform(column({1, 4}));
               }).what(),
               "one_hot_encoder: feature 0 of example 1 is 4, which it did not see in fit()");
  encoder.options.unknown = OneHotEncoderOptions::Unknown::ignore;
  EXPECT_THAT(encoder.transform(column({1, 4})), near({1, 0, 0, 0}, 0));
}

TEST(Imputer, PutsAValueWhereThereIsNone) {
  const Tensor x{{1, kNan, 3}, {4, 2, kNan}, {7, 2, 1}, {4, 5, 1}, {kNan, 9, 8}};
  using Strategy = ImputerOptions::Strategy;
  const std::pair<Strategy, std::vector<double>> cases[] = {{Strategy::mean, {4, 4.5, 3.25}},
                                                            {Strategy::median, {4, 3.5, 2}},
                                                            {Strategy::most_frequent, {4, 2, 1}},
                                                            {Strategy::constant, {7, 7, 7}}};
  for (const auto& [strategy, expected] : cases) {
    Imputer imputer{{.strategy = strategy, .value = 7}};
    imputer.fit(x);
    EXPECT_THAT(imputer.values, near(expected, 1e-12));
    const auto full = values(imputer.transform(x));
    EXPECT_NEAR(full[1], expected[1], 1e-6);
    EXPECT_EQ(full[0], 1);
    EXPECT_NEAR(full[12], expected[0], 1e-6);
  }
}

TEST(Imputer, RefusesAFeatureThatIsMissingEverywhere) {
  Imputer imputer;
  EXPECT_STREQ(error_of([&] {
                 imputer.fit(Tensor{{1, kNan}, {2, kNan}});
               }).what(),
               "imputer: feature 1 is missing everywhere");
}

TEST(PolynomialFeatures, AreAllProductsUpToADegree) {
  PolynomialFeatures cubic{{.degree = 3}};
  cubic.fit(small());
  EXPECT_THAT(cubic.powers, near({0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 1, 1, 0, 1, 0,
                                  1, 0, 2, 0, 0, 1, 1, 0, 0, 2, 3, 0, 0, 2, 1, 0, 2, 0, 1, 1,
                                  2, 0, 1, 1, 1, 1, 0, 2, 0, 3, 0, 0, 2, 1, 0, 1, 2, 0, 0, 3},
                                 0));
  PolynomialFeatures products{{.degree = 3, .interaction_only = true, .bias = false}};
  products.fit(small());
  EXPECT_THAT(products.powers,
              near({1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1}, 0));
  EXPECT_THAT(products.transform(Tensor{{2, 3, 5}}), near({2, 3, 5, 6, 10, 15, 30}, 0));
}

TEST(PolynomialFeatures, RefuseMoreThanFitsIntoMemory) {
  PolynomialFeatures many{{.degree = 20}};
  EXPECT_EQ(error_of([&] {
              many.fit(Tensor(broadcast_to(column({1}), Shape{2, 100})));
            }).code(),
            ErrorCode::invalid_argument);
}

TEST(PrincipalComponents, OfIrisAreThoseOfScikitLearn) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  PrincipalComponents model;
  model.fit(iris.x);
  EXPECT_THAT(model.explained_variance,
              near({4.22824171, 0.24267075, 0.0782095, 0.02383509}, 1e-6));  // f32 data
  EXPECT_THAT(model.explained_variance_ratio,
              near({0.924618723202, 0.053066483117, 0.017102609808, 0.005212183873}, 1e-7));
  const Tensor scores = model.transform(iris.x);
  EXPECT_NEAR(std::abs(values(scores)[0]), 2.6841256259695383, 1e-6);
  EXPECT_NEAR(std::abs(values(scores)[1]), 0.31939724658508517, 1e-6);
  EXPECT_THAT(model.inverse_transform(scores), near(values(iris.x), 1e-12));
}

TEST(PrincipalComponents, WhitenAndRefuseMoreThanThereAre) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  PrincipalComponents model{{.components = 2, .whiten = true}};
  model.fit(iris.x);
  const Tensor scores = model.transform(iris.x);
  EXPECT_EQ(scores.shape(), (Shape{150, 2}));
  EXPECT_THAT(var(scores, {.axes = {0}}), near({1, 1}, 1e-12));
  EXPECT_NEAR(std::abs(values(scores)[0]), 1.3053378633198602, 1e-6);
  EXPECT_THROW(model.inverse_transform(iris.x), Error);
  model.options.components = 5;
  EXPECT_THROW(model.fit(iris.x), Error);
}

TEST(Estimators, RefuseExamplesThatTheyCannotTake) {
  StandardScaler scaler;
  EXPECT_STREQ(error_of([&] { scaler.transform(small()); }).what(),
               "standard_scaler: it is not fitted yet");
  EXPECT_STREQ(error_of([&] {
                 scaler.fit(Tensor{{1, 2}, {3, kNan}});
               }).what(),
               "standard_scaler: feature 1 of example 1 is nan");
  EXPECT_STREQ(error_of([&] {
                 scaler.fit(Tensor{1, 2});
               }).what(),
               "standard_scaler: takes (examples, features), not f32[2]");
  EXPECT_STREQ(error_of([&] {
                 scaler.fit(Tensor::from(std::vector<float>(), Shape{0, 3}));
               }).what(),
               "standard_scaler: there must be examples and features, not f32[0, 3]");
  EXPECT_EQ(error_of([&] { scaler.fit(Tensor()); }).code(), ErrorCode::shape);
  scaler.fit(small());
  EXPECT_STREQ(error_of([&] {
                 scaler.transform(Tensor{{1, 2}});
               }).what(),
               "standard_scaler: it was fitted to 3 features, and the examples have 2");
  EXPECT_EQ(error_of([&] { scaler.predict(small()); }).code(), ErrorCode::unsupported);
  EXPECT_STREQ(error_of([&] {
                 scaler.fit(Tensor::from(std::vector<double>{1, 1e200, 2, -1e200}, Shape{2, 2}));
               }).what(),
               "standard_scaler: the variance of feature 1 overflows: the examples are too large");
}

}  // namespace
}  // namespace gradus::learn
