#include "gradus/learn/decision_tree.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/learn/tree_growth.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr const char* kCriterionNames[] = {"gini", "entropy"};
constexpr std::int64_t kExamplesPerPiece = 1024;

template <class T>
void find_leaves(const Tree& tree, const Tensor& x, std::vector<std::int64_t>& leaves) {
  const auto features = tree.feature.data<std::int64_t>();
  const auto thresholds = tree.threshold.data<double>();
  const auto left = tree.left.data<std::int64_t>();
  const auto right = tree.right.data<std::int64_t>();
  const T* values = x.data<T>().data();
  parallel_for(x.dim(0), kExamplesPerPiece, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::size_t node = 0;
      while (features[node] >= 0) {
        const auto value = static_cast<double>(values[i * x.dim(1) + features[node]]);
        node = static_cast<std::size_t>(value <= thresholds[node] ? left[node] : right[node]);
      }
      leaves[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(node);
    }
  });
}

}  // namespace

void DecisionTreeOptions::fields(OptionVisitor& v) {
  v("criterion", criterion, kCriterionNames);
  v("max_depth", max_depth);
  v("min_samples_split", min_samples_split);
  v("min_samples_leaf", min_samples_leaf);
  v("min_impurity_decrease", min_impurity_decrease);
  v("bins", bins);
}

std::int64_t Tree::depth() const {
  std::vector<std::int64_t> depths(static_cast<std::size_t>(node_count()));
  for (std::size_t i = 0; i < depths.size(); ++i) {
    if (feature.data<std::int64_t>()[i] < 0) continue;
    for (const Tensor* side : {&left, &right}) {
      depths[static_cast<std::size_t>(side->data<std::int64_t>()[i])] = depths[i] + 1;
    }
  }
  return *std::max_element(depths.begin(), depths.end());
}

Tensor Tree::leaves(const Tensor& x) const {
  std::vector<std::int64_t> found(static_cast<std::size_t>(x.dim(0)));
  if (x.dtype() == DType::f64) {
    find_leaves<double>(*this, x, found);
  } else {
    find_leaves<float>(*this, x, found);
  }
  return Tensor::from(found);
}

Tensor Tree::importances(std::int64_t features) const {
  std::vector<double> decreases(static_cast<std::size_t>(features));
  double total = 0;
  const auto weighted = [&](std::int64_t node) {
    const auto i = static_cast<std::size_t>(node);
    return mass.data<double>()[i] * impurity.data<double>()[i];
  };
  for (std::int64_t node = 0; node < node_count(); ++node) {
    const auto i = static_cast<std::size_t>(node);
    const std::int64_t chosen = feature.data<std::int64_t>()[i];
    if (chosen < 0) continue;
    const double decrease = weighted(node) - weighted(left.data<std::int64_t>()[i]) -
                            weighted(right.data<std::int64_t>()[i]);
    decreases[static_cast<std::size_t>(chosen)] += decrease;
    total += decrease;
  }
  for (double& decrease : decreases) decrease = total > 0 ? decrease / total : 0;
  return Tensor::from(decreases);
}

void Tree::fitted(FittedVisitor& v, std::int64_t outputs) {
  v("feature", feature, Content::i64, {kAnyExtent});
  const std::int64_t nodes = feature.defined() ? feature.size() : 0;
  v("threshold", threshold, Content::f64, {nodes});
  v("left", left, Content::i64, {nodes});
  v("right", right, Content::i64, {nodes});
  v("samples", samples, Content::i64, {nodes});
  v("mass", mass, Content::f64, {nodes});
  v("impurity", impurity, Content::f64, {nodes});
  v("value", value, Content::f64, {nodes, outputs});
}

void Tree::check(const char* kind, std::int64_t features) const {
  const auto chosen = feature.data<std::int64_t>();
  const std::int64_t nodes = feature.size();
  bool sound = nodes > 0;
  for (std::int64_t i = 0; i < nodes && sound; ++i) {
    const auto place = static_cast<std::size_t>(i);
    if (chosen[place] == -1) continue;
    // Children after their parents: no example goes in circles.
    sound = chosen[place] >= 0 && chosen[place] < features;
    for (const Tensor* side : {&left, &right}) {
      const std::int64_t child = side->data<std::int64_t>()[place];
      sound = sound && child > i && child < nodes;
    }
  }
  if (!sound) {
    throw Error(ErrorCode::format, kind,
                fmt::format("its {} nodes are not those of a tree", nodes));
  }
}

void DecisionTreeClassifier::fitted(FittedVisitor& v) {
  visit_classes(v);
  tree.fitted(v, class_count());
}

void DecisionTreeClassifier::finish_loading() {
  Classifier::finish_loading();
  tree.check(kKind, feature_count());
}

void DecisionTreeClassifier::learn_classes(const Tensor& x, const Tensor& codes,
                                           const Tensor& weights) {
  tree = grow_classifier(kKind, x, codes, class_count(), weights, options);
}

Tensor DecisionTreeClassifier::do_predict_probabilities(const Tensor& x) const {
  return cast(take(tree.value, tree.leaves(x)), x.dtype()).eval();
}

void DecisionTreeRegressor::fitted(FittedVisitor& v) { tree.fitted(v, 1); }

void DecisionTreeRegressor::finish_loading() { tree.check(kKind, feature_count()); }

void DecisionTreeRegressor::learn(const Tensor& x, const Tensor& y, const Tensor& weights) {
  double squares = 0;
  for (const double target : y.data<double>()) squares += target * target;
  if (!std::isfinite(squares)) {
    throw Error(ErrorCode::numeric, kKind,
                "the sum of squared targets overflows: the targets are too large");
  }
  tree = grow_regressor(kKind, x, y, weights, options);
}

Tensor DecisionTreeRegressor::do_predict(const Tensor& x) const {
  return cast(reshape(take(tree.value, tree.leaves(x)), {-1}), x.dtype()).eval();
}

}  // namespace gradus::learn
