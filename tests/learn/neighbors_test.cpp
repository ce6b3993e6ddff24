// Expected values: scikit-learn 1.9.1.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "gradus/learn/k_neighbors.h"
#include "gradus/ops/random.h"
#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::error_of;
using testing::near;
using Algorithm = KNeighborsOptions::Algorithm;
using Weights = KNeighborsOptions::Weights;

Tensor rows(const Tensor& x, std::int64_t begin, std::int64_t end) {
  return slice(x, 0, {.start = begin, .stop = end}).eval();
}

/// The k nearest by the definition, of equals the first.
std::vector<std::int64_t> nearest_by_definition(const Tensor& x, const Tensor& queries,
                                                std::int64_t k) {
  const auto a = x.to_vector<double>(), b = queries.to_vector<double>();
  const auto features = static_cast<std::size_t>(x.dim(1));
  std::vector<std::int64_t> result;
  for (std::size_t q = 0; q < b.size(); q += features) {
    std::vector<std::pair<double, std::int64_t>> found;
    for (std::size_t i = 0; i < a.size(); i += features) {
      double sum = 0;
      for (std::size_t f = 0; f < features; ++f) sum += std::pow(a[i + f] - b[q + f], 2);
      found.emplace_back(sum, static_cast<std::int64_t>(i / features));
    }
    std::sort(found.begin(), found.end());
    for (std::int64_t j = 0; j < k; ++j)
      result.push_back(found[static_cast<std::size_t>(j)].second);
  }
  return result;
}

TEST(NeighborIndex, FindsWhatTheDefinitionFinds) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const std::int64_t features : {1, 3, 40}) {
      const auto key = Key(7).fold_in(static_cast<std::uint64_t>(features));
      const Tensor x = random_normal(key.fold_in("x"), {700, features}, 0, 1, dtype).eval();
      const Tensor queries = random_normal(key.fold_in("q"), {150, features}, 0, 1, dtype).eval();
      const auto expected = nearest_by_definition(x, queries, 6);
      for (const Algorithm algorithm : {Algorithm::products, Algorithm::tree}) {
        const Neighbors found = NeighborIndex(x, algorithm).nearest(queries, 6);
        EXPECT_EQ(found.indices.to_vector<std::int64_t>(), expected) << features;
      }
    }
  }
}

// On a grid many distances are equal, and far from 0 squares are large beside their differences.
TEST(NeighborIndex, FindsTheFirstOfEqualsAndDoesNotCancel) {
  const Tensor x = (cast(random_integer(Key(1), {400, 4}, 0, 4), DType::f32) + 4000.0).eval();
  const Tensor queries = rows(x, 0, 60);
  const auto expected = nearest_by_definition(x, queries, 9);
  for (const Algorithm algorithm : {Algorithm::products, Algorithm::tree}) {
    const Neighbors found = NeighborIndex(x, algorithm).nearest(queries, 9);
    EXPECT_EQ(found.indices.to_vector<std::int64_t>(), expected);
    EXPECT_EQ(found.distances.to_vector<double>()[0], 0);
  }
}

TEST(KNeighborsClassifier, ReadsDigits) {
  GRADUS_NEEDS("digits");
  const Table digits = table("digits");
  const std::pair<std::int64_t, double> cases[] = {
      {1, 0.9623588456712673}, {3, 0.9648682559598495}, {5, 0.9573400250941029}};
  for (const auto& [k, accuracy] : cases) {
    KNeighborsClassifier model{{.neighbors = k}};
    model.fit(rows(digits.x, 0, 1000), rows(digits.y, 0, 1000));
    EXPECT_NEAR(model.score(rows(digits.x, 1000, 1797), rows(digits.y, 1000, 1797)), accuracy,
                1e-12);
  }
}

/// The class that most of the first k neighbours of each query have, the smallest of equals.
std::vector<std::int64_t> votes(const Neighbors& found, const Tensor& classes, std::size_t k) {
  const auto known = classes.data<std::int64_t>();
  const auto indices = found.indices.data<std::int64_t>();
  const auto width = static_cast<std::size_t>(found.indices.dim(1));
  std::vector<std::int64_t> result;
  for (std::size_t begin = 0; begin < indices.size(); begin += width) {
    std::vector<int> counts(10);
    for (std::size_t i = begin; i < begin + k; ++i) {
      ++counts[static_cast<std::size_t>(known[static_cast<std::size_t>(indices[i])])];
    }
    result.push_back(std::max_element(counts.begin(), counts.end()) - counts.begin());
  }
  return result;
}

// 84.97, 85.41 and 85.54 % are scikit-learn's, of KNeighborsClassifier(k) on pixels of 0 to 255.
TEST(KNeighborsClassifier, ReadsAllOfFashionMnist) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "470 billion multiply-adds are too many for the address sanitizer";
#endif
  GRADUS_NEEDS("fashion-mnist");
  const data::LoadedDataSet fashion = data::load("fashion-mnist");
  const auto pixels = [](const data::TensorDataset& part) {
    return cast(reshape(part.inputs(), {part.size(), 784}), DType::f32).eval();
  };
  KNeighborsClassifier model{{.neighbors = 5}};
  model.fit(pixels(fashion.train), fashion.train.targets());
  const Tensor test = pixels(*fashion.test);
  const Neighbors found = model.neighbors(test);
  const auto answers = fashion.test->targets().to_vector<std::int64_t>();
  const std::pair<std::size_t, std::int64_t> cases[] = {{1, 8497}, {3, 8541}, {5, 8554}};
  for (const auto& [k, right] : cases) {
    const auto voted = votes(found, fashion.train.targets(), k);
    EXPECT_EQ(std::inner_product(voted.begin(), voted.end(), answers.begin(), std::int64_t{0},
                                 std::plus<>{}, std::equal_to<>{}),
              right);
  }
  auto predicted = votes(found, fashion.train.targets(), 5);
  predicted.resize(200);
  EXPECT_EQ(model.predict(rows(test, 0, 200)).to_vector<std::int64_t>(), predicted);
}

TEST(KNeighborsClassifier, WeighsByDistance) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  const Range even{.start = 0, .step = 2}, odd{.start = 1, .step = 2};
  KNeighborsClassifier model{{.neighbors = 7, .weights = Weights::distance}};
  model.fit(slice(iris.x, 0, even), slice(iris.y, 0, even));
  EXPECT_NEAR(model.score(slice(iris.x, 0, odd), slice(iris.y, 0, odd)), 0.9866666666666667, 1e-12);
}

TEST(KNeighborsRegressor, IsTheMeanOfNeighbours) {
  GRADUS_NEEDS("diabetes");
  const Table diabetes = scaled_diabetes();
  const Tensor x = rows(diabetes.x, 0, 300), y = rows(diabetes.y, 0, 300);
  const Tensor test = rows(diabetes.x, 300, 442), answers = rows(diabetes.y, 300, 442);
  KNeighborsRegressor uniform;
  uniform.fit(x, y);
  EXPECT_NEAR(uniform.score(test, answers), 0.3938037145789701, 1e-9);
  EXPECT_THAT(uniform.predict(rows(test, 0, 3)), near({190.4, 141.6, 162.0}, 1e-9));
  KNeighborsRegressor weighted{{.weights = Weights::distance}};
  weighted.fit(x, y);
  EXPECT_NEAR(weighted.score(test, answers), 0.39880586973327037, 1e-6);
  EXPECT_THAT(weighted.predict(x), near(y.to_vector<double>(), 1e-9));
}

TEST(KNeighbors, RefuseMoreNeighboursThanExamples) {
  KNeighborsClassifier model{{.neighbors = 3}};
  EXPECT_STREQ(error_of([&] {
                 model.fit(Tensor{{1, 2}, {3, 4}}, Tensor::from(std::vector<int>{0, 1}));
               }).what(),
               "k_neighbors_classifier: neighbors must be 1 to the number of examples, 2, not 3");
  EXPECT_EQ(error_of([&] {
              model.fit(Tensor{{1, 2}, {3, 4}}, Tensor::from(std::vector<int>{0, 1, 2}));
            }).code(),
            ErrorCode::shape);
}

}  // namespace
}  // namespace gradus::learn
