#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct KMeansOptions {
  enum class Start {
    plus_plus,  ///< far from each other (Arthur and Vassilvitskii 2007), the best of some draws
    random,     ///< examples at random
  };
  std::int64_t clusters = 8;
  Start start = Start::plus_plus;
  std::int64_t starts = 10;  ///< the one with the least inertia is kept
  std::int64_t max_iterations = 300;
  double tolerance = 1e-4;  ///< stops when centres move less, of the mean variance of the features
  std::int64_t seed = 0;

  void fields(OptionVisitor& v);
};

/// Clusters around means (Lloyd 1982). Distances are skipped where bounds show that they cannot
/// matter (Hamerly 2010), and computed as matrix products otherwise.
struct KMeans final : EstimatorOf<KMeans, Estimator> {
  static constexpr const char* kKind = "k_means";
  KMeansOptions options;
  Tensor centers;     ///< f64 (clusters, features)
  Tensor labels;      ///< i64 (examples)
  Tensor inertia;     ///< f64 (): the sum of squared distances to the own centre
  Tensor iterations;  ///< i64 ()

  explicit KMeans(const KMeansOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  bool transforms() const override { return true; }
  Tensor do_predict(const Tensor& x) const override;
  /// Distances to the centres.
  Tensor do_transform(const Tensor& x) const override;
  /// Minus the inertia.
  double do_score(const Tensor& x, const Tensor& y) const override;
};

struct MiniBatchKMeansOptions {
  std::int64_t clusters = 8;
  std::int64_t batch_size = 1024;
  std::int64_t epochs = 10;
  std::int64_t seed = 0;

  void fields(OptionVisitor& v);
};

/// k-means by steps on batches, each centre at a rate of one over the examples it has had (Sculley
/// 2010). It starts from the k-means++ of three batches.
struct MiniBatchKMeans final : EstimatorOf<MiniBatchKMeans, Estimator> {
  static constexpr const char* kKind = "mini_batch_k_means";
  MiniBatchKMeansOptions options;
  Tensor centers;  ///< f64 (clusters, features)
  Tensor labels;   ///< i64 (examples)
  Tensor inertia;  ///< f64 ()

  explicit MiniBatchKMeans(const MiniBatchKMeansOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  bool transforms() const override { return true; }
  Tensor do_predict(const Tensor& x) const override;
  Tensor do_transform(const Tensor& x) const override;
  double do_score(const Tensor& x, const Tensor& y) const override;
};

}  // namespace gradus::learn
