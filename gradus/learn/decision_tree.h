#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct DecisionTreeOptions {
  enum class Criterion { gini, entropy };
  Criterion criterion = Criterion::gini;  ///< of a classifier
  std::int64_t max_depth = 0;             ///< 0: any
  std::int64_t min_samples_split = 2;     ///< smaller nodes are leaves
  std::int64_t min_samples_leaf = 1;      ///< no leaf is smaller
  double min_impurity_decrease = 0;       ///< of a split, weighted by its share of the examples
  std::int64_t bins = 256;                ///< 2 to 256: thresholds tried of each feature, and one

  void fields(OptionVisitor& v);
};

/// A binary tree. Node 0 is the root, children come after their parents. Examples whose feature is
/// at most the threshold go to the left.
struct Tree {
  Tensor feature;    // i64 (nodes): -1 of a leaf
  Tensor threshold;  // f64 (nodes)
  Tensor left;       // i64 (nodes): -1 of a leaf
  Tensor right;      // i64 (nodes)
  Tensor samples;    // i64 (nodes): examples of fit() that came there
  Tensor mass;       // f64 (nodes): their weights added up, 1 each without weights
  Tensor impurity;   // f64 (nodes): Gini, entropy in bits, or variance
  Tensor value;      // f64 (nodes, outputs): shares of the classes, or the mean target

  std::int64_t node_count() const { return feature.size(); }
  std::int64_t depth() const;
  /// The leaf that each example ends in. x: (examples, features) -> i64 (examples)
  Tensor leaves(const Tensor& x) const;
  /// How much each feature lessened impurity in all its splits, as shares of 1. f64 (features)
  Tensor importances(std::int64_t features) const;

  void fitted(FittedVisitor& v, std::int64_t outputs);
  /// Throws Error (format) unless every example of so many features ends in a leaf.
  void check(const char* kind, std::int64_t features) const;
};

/// Classes by questions about one feature at a time (Breiman et al. 1984, CART). Thresholds lie
/// between neighbouring values of a feature; of one with more different values than `bins`, between
/// its quantiles. Of equally good splits the first feature's lowest is taken.
struct DecisionTreeClassifier final : EstimatorOf<DecisionTreeClassifier, Classifier> {
  static constexpr const char* kKind = "decision_tree_classifier";
  DecisionTreeOptions options;
  Tree tree;

  explicit DecisionTreeClassifier(const DecisionTreeOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn_classes(const Tensor& x, const Tensor& codes, const Tensor& weights) override;
  Tensor do_predict_probabilities(const Tensor& x) const override;
};

/// Numbers by questions about one feature at a time, by least squares.
struct DecisionTreeRegressor final : EstimatorOf<DecisionTreeRegressor, Regressor> {
  static constexpr const char* kKind = "decision_tree_regressor";
  DecisionTreeOptions options;
  Tree tree;

  explicit DecisionTreeRegressor(const DecisionTreeOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_predict(const Tensor& x) const override;
};

}  // namespace gradus::learn
