// Expected values: the course's worked example, and scikit-learn 1.9.1 on iris.

#include "gradus/linalg/pca.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/data/catalog.h"
#include "gradus/linalg/matrix_kind.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/gram.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/scatter_matrix.h"
#include "gradus/ops/select.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::linalg {
namespace {

using testing::error_of;
using testing::message_of;
using testing::near;

constexpr PcaSolver kSolvers[] = {PcaSolver::covariance, PcaSolver::svd, PcaSolver::randomized};

TEST(Pca, TheWorkedExampleOfTheCourse) {
  const Tensor x{{2.5f, 2.4f}, {0.5f, 0.7f}, {2.2f, 2.9f}};
  EXPECT_THAT(covariance(x).matrix, near({1.163333, 1.165, 1.165, 1.33}, 1e-6));
  for (const PcaSolver solver : kSolvers) {
    const Pca found = pca(x, {.solver = solver});
    EXPECT_THAT(found.explained_variance, near({2.41464, 0.07869}, 1e-5));
    EXPECT_NEAR(found.explained_variance_ratio.to_vector<double>()[0], 0.96844, 1e-5);
    EXPECT_THAT(select(found.transform(x), 1, 0), near({0.8152, -1.7919, 0.9767}, 1e-4));
  }
}

Tensor iris() {
  // The table is f32; its values have one decimal.
  return round(cast(data::load("iris").train.inputs(), DType::f64) * 10.0) / 10.0;
}

#define SKIP_WITHOUT_IRIS()                                     \
  if (!data::is_installed(data::find_data_set("iris"))) {       \
    GTEST_SKIP() << "needs the Debian package python3-sklearn"; \
  }

TEST(Pca, OfIrisIsThatOfScikitLearn) {
  SKIP_WITHOUT_IRIS();
  const Tensor x = iris();
  for (const PcaSolver solver : kSolvers) {
    const Pca found = pca(x, {.solver = solver});
    EXPECT_THAT(
        found.explained_variance,
        near({4.228241706034864, 0.242670747928633, 0.078209500042919, 0.023835092973449}, 1e-13));
    EXPECT_THAT(
        found.explained_variance_ratio,
        near({0.924618723201727, 0.053066483117068, 0.01710260980793, 0.005212183873275}, 1e-13));
    EXPECT_THAT(
        found.singular_values,
        near({25.099960442183864, 6.013147382308734, 3.413680639192101, 1.884523508222693}, 1e-12));
    EXPECT_THAT(select(found.components, 0, 1),
                near({0.656588771286842, 0.730161434785027, -0.173372662795857, -0.075481019917463},
                     1e-11));
    EXPECT_THAT(
        slice(found.transform(x), 0, {0, 1}),
        near({-2.684125625969537, 0.3193972465850994, -0.02791482758941377, 0.002262437071317486},
             1e-11));
  }
}

TEST(Pca, WhitenedScoresHaveVarianceOneAndComeBack) {
  SKIP_WITHOUT_IRIS();
  const Tensor x = iris();
  const Pca found = pca(x, {.components = 2, .whiten = true});
  const Tensor scores = found.transform(x);
  EXPECT_THAT(
      slice(scores, 0, {0, 2}),
      near({-1.30533786331986, 0.648369315780235, -1.319935205924054, -0.359308555144218}, 1e-12));
  EXPECT_THAT(covariance(scores).matrix, near({1, 0, 0, 1}, 1e-12));
  EXPECT_THAT(
      slice(found.inverse_transform(scores), 0, {0, 1}),
      near({5.08303896712814, 3.517413931138384, 1.403213722425077, 0.213531687819738}, 1e-12));
}

TEST(Pca, OfFewRowsAndManyColumns) {
  const Tensor x = random_normal(Key(1), {5, 40}, 0, 1, DType::f64);
  const Pca found = pca(x);
  ASSERT_EQ(found.components.shape(), (Shape{5, 40}));
  EXPECT_NEAR(found.explained_variance.to_vector<double>()[4], 0, 1e-13);  // n - 1 directions
  EXPECT_THAT(found.inverse_transform(found.transform(x)), near(x.to_vector<double>(), 1e-13));
  EXPECT_NEAR(sum(found.explained_variance_ratio).item<double>(), 1, 1e-13);
}

TEST(Pca, SmallVariancesKeepTheirDigitsBySingularValues) {
  // Variances 1 and 1e-20: the covariance matrix does not hold the second one in f64.
  const Tensor scores = random_normal(Key(2), {200, 2}, 0, 1, DType::f64) *
                        Tensor::from(std::vector<double>{1, 1e-10});
  const Tensor axes = random_orthogonal(Key(3), 2, DType::f64);
  const auto found =
      pca(matmul(scores, axes), {.solver = PcaSolver::svd}).explained_variance.to_vector<double>();
  const double expected = covariance(scores).matrix.to_vector<double>()[3];
  EXPECT_NEAR(found[1] / expected, 1, 0.05);
}

TEST(Pca, OfConstantColumns) {
  const Pca found = pca(ones({6, 3}), {.whiten = true});
  EXPECT_THAT(found.explained_variance, near({0, 0, 0}, 0));
  EXPECT_THAT(found.explained_variance_ratio, near({0, 0, 0}, 0));
  EXPECT_THAT(found.transform(ones({1, 3})), near({0, 0, 0}, 0));
}

TEST(Pca, BadInputIsNamed) {
  EXPECT_EQ(message_of([] {
              pca(Tensor{{1, 2}});
            }),
            "pca: takes two or more rows (n, d), not f32[1, 2]");
  EXPECT_EQ(message_of([] {
              pca(Tensor{{1, 2}, {3, 4}, {5, 7}}, {.components = 3});
            }),
            "pca: f32[3, 2] have 1 ... 2 components, not 3");
  EXPECT_EQ(error_of([] {
              pca(Tensor{{1, 2}, {testing::kNan, 4}, {5, 7}}).components.eval();
            }).code(),
            ErrorCode::numeric);
  const Pca found = pca(Tensor{{1, 2}, {3, 4}, {5, 7}});
  EXPECT_EQ(error_of([&] { found.transform(Tensor{{1, 2, 3}}); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              pca(Tensor::from(std::vector<int>{1, 2, 3, 4}, Shape{2, 2}));
            }).code(),
            ErrorCode::dtype);
}

void expect_gram(const Tensor& x) {
  const auto product = matmul(transpose(x), x).to_vector<double>();
  const int threads = thread_count();
  set_thread_count(1);
  const auto one = gram(x).to_vector<double>();
  set_thread_count(2);
  const auto two = gram(x).to_vector<double>();
  set_thread_count(threads);
  ASSERT_EQ(one.size(), product.size());
  for (std::size_t k = 0; k < one.size(); ++k) ASSERT_NEAR(one[k], product[k], 1e-11);
  EXPECT_EQ(one, two);
}

TEST(Gram, IsTheProductAndDoesNotDependOnThreads) {
  for (const Shape& shape : {Shape{50, 600}, Shape{9000, 20}, Shape{3, 2100}}) {
    expect_gram(random_normal(Key(1), shape, 0, 1, DType::f64));
  }
  // Stored by columns.
  expect_gram(transpose(random_normal(Key(1), {600, 40}, 0, 1, DType::f64)));
}

void expect_scatter(const Tensor& x) {
  const Tensor centred = x - mean(x, {.axes = {0}});
  const auto expected = matmul(transpose(centred), centred).to_vector<double>();
  const auto expected_mean = mean(x, {.axes = {0}}).to_vector<double>();
  const int threads = thread_count();
  set_thread_count(1);
  const auto one = scatter_matrix(x);
  const auto matrix = one.matrix.to_vector<double>();
  set_thread_count(2);
  EXPECT_EQ(scatter_matrix(x).matrix.to_vector<double>(), matrix);
  set_thread_count(threads);
  const auto mean = one.mean.to_vector<double>();
  for (std::size_t k = 0; k < mean.size(); ++k) ASSERT_NEAR(mean[k], expected_mean[k], 1e-11);
  ASSERT_EQ(matrix.size(), expected.size());
  for (std::size_t k = 0; k < matrix.size(); ++k) ASSERT_NEAR(matrix[k], expected[k], 1e-8);
}

TEST(ScatterMatrix, IsTheProductOfCentredRowsAndDoesNotDependOnThreads) {
  for (const Shape& shape : {Shape{1, 3}, Shape{50, 600}, Shape{9000, 20}, Shape{3, 2100}}) {
    expect_scatter(random_normal(Key(1), shape, 100, 1, DType::f64));
  }
  // Stored by columns.
  expect_scatter(transpose(random_normal(Key(1), {600, 40}, 100, 1, DType::f64)));
}

TEST(ScatterMatrix, KeepsDigitsWhereTheMeanIsLarge) {
  // Of 2000 whole numbers c - 1, c, c + 1, c + 2, in turn: all is exact, and the scatter is 2500.
  std::vector<float> values;
  for (int i = 0; i < 2000; ++i) values.push_back(static_cast<float>(8'000'000 + i % 4 - 1));
  const auto found = scatter_matrix(Tensor::from(values, {2000, 1}));
  EXPECT_EQ(found.mean.to_vector<float>()[0], 8'000'000.5f);
  EXPECT_EQ(found.matrix.to_vector<float>()[0], 2500);
}

TEST(ScatterMatrix, RefusesNoRows) {
  EXPECT_EQ(message_of([] {
              scatter_matrix(zeros({0, 3}));
            }),
            "scatter_matrix: there must be rows, not f32[0, 3]");
}

}  // namespace
}  // namespace gradus::linalg
