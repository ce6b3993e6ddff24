#pragma once

#include <vector>

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct HierarchicalOptions {
  enum class Linkage {
    ward,      ///< the growth of the sum of squared distances to the means
    complete,  ///< the largest distance between members
    average,   ///< the mean distance between members
    single,    ///< the smallest distance between members
  };
  std::int64_t clusters = 2;  ///< of `labels`
  Linkage linkage = Linkage::ward;

  void fields(OptionVisitor& v);
};

/// Joins the two nearest clusters again and again, from single examples to one cluster, by the
/// nearest-neighbour chain (Murtagh 1983) on Euclidean distances, in time and memory of the square
/// of the number of examples.
struct Hierarchical final : EstimatorOf<Hierarchical, Estimator> {
  static constexpr const char* kKind = "hierarchical";
  HierarchicalOptions options;
  Tensor labels;     ///< i64 (examples), numbered by their first example
  Tensor merges;     ///< i64 (examples - 1, 2): numbers below `examples` are examples, examples + i
                     ///< is the cluster that merge i made
  Tensor distances;  ///< f64 (examples - 1), ascending: at which distance each merge was

  explicit Hierarchical(const HierarchicalOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;
  /// i64 (examples) of another number of clusters, 1 to examples.
  Tensor cut(std::int64_t clusters) const;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
};

/// Where a dendrogram's lines go: example order[i] stands at i, merge j at `position[j]` and at its
/// distance, above the two that it joined.
struct Dendrogram {
  Tensor order;     // i64 (examples)
  Tensor position;  // f64 (examples - 1)
};
Dendrogram dendrogram(const Hierarchical& tree);

}  // namespace gradus::learn
