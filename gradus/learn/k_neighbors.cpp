#include "gradus/learn/k_neighbors.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

using Weights = KNeighborsOptions::Weights;
using Algorithm = KNeighborsOptions::Algorithm;
constexpr const char* kWeightsNames[] = {"uniform", "distance"};
constexpr const char* kAlgorithmNames[] = {"automatic", "products", "tree"};
constexpr std::int64_t kMostTreeFeatures = 15;

void check_count(const char* kind, std::int64_t neighbors, std::int64_t examples) {
  if (neighbors >= 1 && neighbors <= examples) return;
  throw Error(ErrorCode::invalid_argument, kind,
              fmt::format("neighbors must be 1 to the number of examples, {}, not {}", examples,
                          neighbors));
}

/// Of each neighbour of each query, how much it counts.
std::vector<double> weights_of(const Neighbors& found, Weights weights) {
  std::vector<double> result(static_cast<std::size_t>(found.distances.size()), 1.0);
  if (weights == Weights::uniform) return result;
  const auto distances = found.distances.data<double>();
  const auto k = static_cast<std::size_t>(found.distances.dim(1));
  for (std::size_t begin = 0; begin < result.size(); begin += k) {
    const bool at_zero = distances[begin] == 0;
    for (std::size_t i = begin; i < begin + k; ++i) {
      result[i] = at_zero ? (distances[i] == 0 ? 1 : 0) : 1 / distances[i];
    }
  }
  return result;
}

/// Rows (queries, width), each the mean of what add(row, example, weight) puts in it for every
/// neighbour.
template <class Add>
std::vector<double> weighted_means(const Neighbors& found, Weights weights, std::int64_t width,
                                   Add add) {
  const std::vector<double> each = weights_of(found, weights);
  const auto indices = found.indices.data<std::int64_t>();
  const auto k = static_cast<std::size_t>(found.indices.dim(1));
  std::vector<double> means(static_cast<std::size_t>(found.indices.dim(0) * width));
  double* row = means.data();
  for (std::size_t begin = 0; begin < each.size(); begin += k, row += width) {
    double total = 0;
    for (std::size_t i = begin; i < begin + k; ++i) {
      add(row, static_cast<std::size_t>(indices[i]), each[i]);
      total += each[i];
    }
    for (std::int64_t c = 0; c < width; ++c) row[c] /= total;
  }
  return means;
}

}  // namespace

void KNeighborsOptions::fields(OptionVisitor& v) {
  v("neighbors", neighbors);
  v("weights", weights, kWeightsNames);
  v("algorithm", algorithm, kAlgorithmNames);
}

NeighborIndex::NeighborIndex(const Tensor& x, Algorithm algorithm) : x_(x) {
  const bool tree = algorithm == Algorithm::tree ||
                    (algorithm == Algorithm::automatic && x.dim(1) <= kMostTreeFeatures);
  search_ = tree ? search_by_tree(x) : search_by_products(x);
}

Neighbors NeighborIndex::nearest(const Tensor& queries, std::int64_t k) const {
  check_count("neighbors", k, x_.dim(0));
  // Queries are compared as what the examples are.
  const Tensor alike = queries.dtype() == x_.dtype() ? queries : cast(queries, x_.dtype()).eval();
  return search_->nearest(alike, k);
}

void KNeighborsClassifier::fitted(FittedVisitor& v) {
  visit_classes(v);
  v("examples", examples, Content::real, {kAnyExtent, feature_count()});
  v("codes", codes, Content::i64, {kAnyExtent});
}

void KNeighborsClassifier::finish_loading() {
  Classifier::finish_loading();
  const auto values = codes.data<std::int64_t>();
  const bool sound = std::all_of(values.begin(), values.end(), [&](std::int64_t code) {
    return code >= 0 && code < class_count();
  });
  if (!sound || codes.size() != examples.dim(0) || examples.dim(0) < options.neighbors ||
      options.neighbors < 1) {
    throw Error(ErrorCode::format, kKind, "examples, codes, classes and neighbors do not fit");
  }
  index_ = NeighborIndex(examples, options.algorithm);
}

void KNeighborsClassifier::learn_classes(const Tensor& x, const Tensor& y,
                                         const Tensor& /*weights*/) {
  check_count(kKind, options.neighbors, x.dim(0));
  index_ = NeighborIndex(x, options.algorithm);
  examples = x;
  codes = y;
}

Neighbors KNeighborsClassifier::neighbors(const Tensor& x) const {
  require_fitted();
  return index_.nearest(checked_examples(kKind, x, Missing::refused), options.neighbors);
}

Tensor KNeighborsClassifier::do_predict_probabilities(const Tensor& x) const {
  const auto known = codes.data<std::int64_t>();
  const auto shares = weighted_means(
      index_.nearest(x, options.neighbors), options.weights, class_count(),
      [&](double* row, std::size_t example, double weight) { row[known[example]] += weight; });
  return real_tensor(shares, {x.dim(0), class_count()}, x.dtype());
}

void KNeighborsRegressor::fitted(FittedVisitor& v) {
  v("examples", examples, Content::real, {kAnyExtent, feature_count()});
  v("targets", targets, Content::f64, {kAnyExtent});
}

void KNeighborsRegressor::finish_loading() {
  if (targets.size() != examples.dim(0) || examples.dim(0) < options.neighbors ||
      options.neighbors < 1) {
    throw Error(ErrorCode::format, kKind, "examples, targets and neighbors do not fit");
  }
  index_ = NeighborIndex(examples, options.algorithm);
}

void KNeighborsRegressor::learn(const Tensor& x, const Tensor& y, const Tensor& /*weights*/) {
  check_count(kKind, options.neighbors, x.dim(0));
  index_ = NeighborIndex(x, options.algorithm);
  examples = x;
  targets = y;
}

Neighbors KNeighborsRegressor::neighbors(const Tensor& x) const {
  require_fitted();
  return index_.nearest(checked_examples(kKind, x, Missing::refused), options.neighbors);
}

Tensor KNeighborsRegressor::do_predict(const Tensor& x) const {
  const auto known = targets.data<double>();
  const auto means = weighted_means(
      index_.nearest(x, options.neighbors), options.weights, 1,
      [&](double* row, std::size_t example, double weight) { *row += weight * known[example]; });
  return real_tensor(means, {x.dim(0)}, x.dtype());
}

}  // namespace gradus::learn
