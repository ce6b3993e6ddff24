// Expected values: scikit-learn 1.9.1.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "gradus/base/parallel.h"
#include "gradus/learn/clustering_metrics.h"
#include "gradus/learn/gaussian_mixture.h"
#include "gradus/learn/hierarchical.h"
#include "gradus/learn/k_means.h"
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
using Linkage = HierarchicalOptions::Linkage;

TEST(KMeans, FindsTheKindsOfIris) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  KMeans model{{.clusters = 3}};
  model.fit(iris.x);
  EXPECT_NEAR(model.inertia.item<double>(), 78.851441, 1e-5);  // f32 data
  auto first = values(select(model.centers, 1, 0));
  std::sort(first.begin(), first.end());
  EXPECT_NEAR(first[0], 5.006, 1e-5);
  EXPECT_NEAR(first[1], 5.9016129, 1e-5);
  EXPECT_NEAR(first[2], 6.85, 1e-5);
  EXPECT_EQ(values(model.predict(iris.x)), values(model.labels));
  EXPECT_NEAR(model.score(iris.x), -78.851441, 1e-5);
  EXPECT_EQ(model.transform(iris.x).shape(), (Shape{150, 3}));
}

/// One iteration of Lloyd's, without bounds: what a finished run must not be able to improve.
bool is_settled(const Tensor& x, const KMeans& model) {
  const auto distances = values(model.transform(x));
  const auto labels = model.labels.to_vector<std::int64_t>();
  const auto clusters = static_cast<std::size_t>(model.options.clusters);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = distances.begin() + static_cast<std::ptrdiff_t>(i * clusters);
    const double nearest = *std::min_element(row, row + model.options.clusters);
    if (row[labels[i]] > nearest * (1 + 1e-5)) return false;
  }
  return true;
}

TEST(KMeans, LeavesEveryExampleWithItsNearestCentreWhateverTheBoundsSkipped) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      const Tensor x = random_normal(Key(seed), {1500, 6}, 3, 1, dtype).eval();
      KMeans model{{.clusters = 12, .starts = 1, .tolerance = 0}};
      model.fit(x);
      EXPECT_TRUE(is_settled(x, model)) << seed;
      const std::set<std::int64_t> used = [&] {
        const auto labels = model.labels.to_vector<std::int64_t>();
        return std::set<std::int64_t>(labels.begin(), labels.end());
      }();
      EXPECT_EQ(used.size(), 12u);
      // Centres are means.
      for (const std::int64_t c : used) {
        std::vector<std::int64_t> own;
        for (std::int64_t i = 0; i < 1500; ++i) {
          if (model.labels.data<std::int64_t>()[static_cast<std::size_t>(i)] == c) own.push_back(i);
        }
        const Tensor average = mean(cast(take(x, Tensor::from(own)), DType::f64), {.axes = {0}});
        EXPECT_THAT(select(model.centers, 0, c), near(values(average), 1e-5));
      }
    }
  }
}

TEST(KMeans, ComesNearTheBestKnownClusteringOfDigits) {
  GRADUS_NEEDS("digits");
  const Table digits = table("digits");
  KMeans model{{.clusters = 10}};
  model.fit(cast(digits.x, DType::f32));
  EXPECT_LT(model.inertia.item<double>(), 1165188.89 * 1.001);  // scikit-learn, 10 starts
}

TEST(KMeans, MovesClustersThatLoseAllTheirExamples) {
  // The starts are at random and some are equal.
  const Tensor x = column({0, 0, 0, 0, 0, 0, 5, 9});
  for (std::int64_t seed = 0; seed < 20; ++seed) {
    KMeans model{{.clusters = 3, .start = KMeansOptions::Start::random, .starts = 1, .seed = seed}};
    model.fit(x);
    EXPECT_NEAR(model.inertia.item<double>(), 0, 1e-12) << seed;
  }
}

TEST(KMeans, TakesMoreClustersThanDifferentExamples) {
  KMeans model{{.clusters = 3}};
  model.fit(column({1, 1, 2, 2}));
  EXPECT_EQ(model.inertia.item<double>(), 0);
}

TEST(KMeans, GivesTheSameBitsAtAnyThreadCount) {
  const Tensor x = random_normal(Key(4), {5000, 70});
  const int threads = thread_count();
  std::vector<double> results[2];
  for (const int count : {1, 2}) {
    set_thread_count(count);
    KMeans model{{.clusters = 7, .starts = 1}};
    model.fit(x);
    results[count - 1] = values(model.centers);
  }
  set_thread_count(threads);
  EXPECT_EQ(results[0], results[1]);
}

TEST(KMeans, RefusesMoreClustersThanExamples) {
  KMeans model{{.clusters = 3}};
  EXPECT_STREQ(error_of([&] {
                 model.fit(column({1, 2}));
               }).what(),
               "k_means: clusters must be 1 to the number of examples, 2, not 3");
}

TEST(MiniBatchKMeans, ComesNearToWholeBatches) {
  GRADUS_NEEDS("digits");
  const Table digits = table("digits");
  MiniBatchKMeans model{{.clusters = 10, .batch_size = 256}};
  model.fit(digits.x);
  EXPECT_LT(model.inertia.item<double>(), 1165188.89 * 1.05);
}

TEST(Hierarchical, MatchesScikitLearnOnIris) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  struct Case {
    Linkage linkage;
    double rand;
    std::vector<double> heights;
  };
  const Case cases[] = {
      {Linkage::ward,
       0.7312,
       {4.847708214416352, 6.399407030355299, 12.30039591727769, 32.44760683058896}},
      {Linkage::average,
       0.7592,
       {1.3809936703329282, 1.7855664778788087, 1.963614062535868, 4.062682662418286}},
      {Linkage::complete,
       0.6423,
       {2.428991593425675, 3.210918527069135, 4.024922358388956, 7.0851956991766825}},
      {Linkage::single,
       0.5638,
       {0.6480741507761317, 0.7348469358128185, 0.8185352247578307, 1.640121894353779}}};
  for (const Case& expected : cases) {
    Hierarchical model{{.clusters = 3, .linkage = expected.linkage}};
    model.fit(iris.x);
    EXPECT_NEAR(adjusted_rand(model.labels, iris.y), expected.rand, 5e-5);
    EXPECT_THAT(slice(model.distances, 0, {.start = -4}), near(expected.heights, 1e-9));
    EXPECT_EQ(values(model.cut(3)), values(model.labels));
    EXPECT_EQ(values(model.cut(150)).back(), 149);
  }
}

TEST(Hierarchical, DrawsLinesThatDoNotCross) {
  Hierarchical model;
  model.fit(column({0, 10, 1, 12, 4}));
  const Dendrogram drawing = dendrogram(model);
  // 0 and 1 join at 1, 10 and 12 at 2, 4 with the first two.
  EXPECT_THAT(drawing.order, near({1, 3, 4, 0, 2}, 0));
  EXPECT_THAT(drawing.position, near({3.5, 0.5, 2.75, 1.625}, 0));
}

TEST(Hierarchical, OfOneExampleIsOneCluster) {
  Hierarchical model{{.clusters = 1}};
  model.fit(column({3}));
  EXPECT_THAT(model.labels, near({0}, 0));
  EXPECT_THAT(dendrogram(model).order, near({0}, 0));
  EXPECT_EQ(error_of([&] { model.cut(2); }).code(), ErrorCode::invalid_argument);
}

TEST(GaussianMixture, FindsTheLikelihoodOfIris) {
  GRADUS_NEEDS("iris");
  const Table iris = table("iris");
  using Covariance = GaussianMixtureOptions::Covariance;
  struct Case {
    Covariance covariance;
    double likelihood, bic, aic;
    std::vector<double> weights;
  };
  const Case cases[] = {{Covariance::full,
                         -180.1854757825874,
                         580.83890450541,
                         448.3709515651748,
                         {0.299195484492, 0.333333333333, 0.367471182175}},
                        {Covariance::diagonal,
                         -307.1775704225646,
                         744.6316584916318,
                         666.3551408451292,
                         {0.252677214293, 0.333333333309, 0.413989452399}},
                        {Covariance::spherical,
                         -384.31408724253396,
                         853.8089744847043,
                         802.6281744850679,
                         {0.252724709098, 0.333333333884, 0.413941957019}},
                        {Covariance::tied,
                         -256.3540384759593,
                         632.9633240102288,
                         560.7080769519187,
                         {0.32960826448, 0.333333333334, 0.337058402186}}};
  for (const Case& expected : cases) {
    GaussianMixture model{{.components = 3,
                           .covariance = expected.covariance,
                           .starts = 3,
                           .max_iterations = 10000,
                           .tolerance = 1e-11}};
    model.fit(iris.x);
    EXPECT_NEAR(model.log_likelihood.item<double>(), expected.likelihood, 1e-5);
    EXPECT_NEAR(model.bic(iris.x), expected.bic, 1e-5);
    EXPECT_NEAR(model.aic(iris.x), expected.aic, 1e-5);
    auto weights = values(model.weights);
    std::sort(weights.begin(), weights.end());
    EXPECT_THAT(Tensor::from(weights), near(expected.weights, 1e-4));
    EXPECT_NEAR(150 * model.score(iris.x), expected.likelihood, 1e-5);
  }
}

TEST(GaussianMixture, OfOneComponentIsTheNormalDistribution) {
  const Tensor x = random_normal(Key(3), {400, 3}, 2, 1.5, DType::f64).eval();
  GaussianMixture model{{.regularization = 0}};
  model.fit(x);
  EXPECT_THAT(model.means, near(values(mean(x, {.axes = {0}})), 1e-12));
  const Tensor centred = x - mean(x, {.axes = {0}});
  EXPECT_THAT(model.covariances, near(values(matmul(transpose(centred), centred) / 400.0), 1e-12));
  EXPECT_THAT(model.predict_probabilities(x), near(std::vector<double>(400, 1), 0));
  EXPECT_NEAR(mean(model.log_densities(x)).item<double>(), model.score(x), 1e-12);
}

TEST(GaussianMixture, RefusesWhatHasNoDensity) {
  GaussianMixture model{{.components = 3}};
  EXPECT_EQ(error_of([&] { model.fit(column({1, 2})); }).code(), ErrorCode::invalid_argument);
  // Without regularisation a constant feature has no density.
  model.options = {.regularization = 0};
  EXPECT_EQ(error_of([&] {
              model.fit(Tensor{{1, 2}, {1, 3}, {1, 5}});
            }).code(),
            ErrorCode::numeric);
}

}  // namespace
}  // namespace gradus::learn
