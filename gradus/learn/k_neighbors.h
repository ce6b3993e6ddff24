#pragma once

#include "gradus/base/pointer.h"
#include "gradus/learn/estimator.h"
#include "gradus/learn/nearest.h"

namespace gradus::learn {

struct KNeighborsOptions {
  enum class Weights {
    uniform,
    distance,  ///< 1 / distance; neighbours at distance 0 alone, if there are any
  };
  enum class Algorithm {
    automatic,  ///< a tree for up to 15 features, else products
    products,   ///< products of blocks of queries and examples
    tree,       ///< a k-d tree
  };
  std::int64_t neighbors = 5;
  Weights weights = Weights::uniform;
  Algorithm algorithm = Algorithm::automatic;

  void fields(OptionVisitor& v);
};

/// The examples of fit(), and how to find those nearest to others by Euclidean distance. Distances
/// are exact to double precision whatever the algorithm.
class NeighborIndex {
 public:
  NeighborIndex() = default;
  NeighborIndex(const Tensor& x, KNeighborsOptions::Algorithm algorithm);

  /// queries (queries, features) -> the k nearest of the examples. Throws Error unless
  /// 1 <= k <= examples.
  Neighbors nearest(const Tensor& queries, std::int64_t k) const;

 private:
  Tensor x_;
  Shared<const NearestSearch> search_;
};

/// The class that most of the nearest examples have; of equals the smallest.
struct KNeighborsClassifier final : EstimatorOf<KNeighborsClassifier, Classifier> {
  static constexpr const char* kKind = "k_neighbors_classifier";
  KNeighborsOptions options;
  Tensor examples;  ///< (examples, features)
  Tensor codes;     ///< i64 (examples): places in `classes`

  explicit KNeighborsClassifier(const KNeighborsOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;
  /// (queries, features) -> the nearest examples.
  Neighbors neighbors(const Tensor& x) const;

 protected:
  void learn_classes(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_predict_probabilities(const Tensor& x) const override;

 private:
  NeighborIndex index_;
};

/// The mean target of the nearest examples.
struct KNeighborsRegressor final : EstimatorOf<KNeighborsRegressor, Regressor> {
  static constexpr const char* kKind = "k_neighbors_regressor";
  KNeighborsOptions options;
  Tensor examples;  ///< (examples, features)
  Tensor targets;   ///< f64 (examples)

  explicit KNeighborsRegressor(const KNeighborsOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;
  Neighbors neighbors(const Tensor& x) const;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_predict(const Tensor& x) const override;

 private:
  NeighborIndex index_;
};

}  // namespace gradus::learn
