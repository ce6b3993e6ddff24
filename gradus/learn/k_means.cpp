#include "gradus/learn/k_means.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/column_moments.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/k_means_start.h"
#include "gradus/learn/lloyd.h"
#include "gradus/learn/nearest_center.h"
#include "gradus/learn/random_numbers.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr const char* kStartNames[] = {"k-means++", "random"};

void check_clusters(const char* kind, std::int64_t clusters, std::int64_t examples) {
  if (clusters >= 1 && clusters <= examples) return;
  throw Error(
      ErrorCode::invalid_argument, kind,
      fmt::format("clusters must be 1 to the number of examples, {}, not {}", examples, clusters));
}

void check_at_least_one(const char* kind, const char* option, std::int64_t value) {
  if (value >= 1) return;
  throw Error(ErrorCode::invalid_argument, kind,
              fmt::format("{} must be 1 or more, not {}", option, value));
}

void check_inertia(const char* kind, double inertia) {
  if (std::isfinite(inertia)) return;
  throw Error(ErrorCode::numeric, kind, "distances between examples overflow");
}

/// What remains to be checked of labels that came from a file.
void check_labels(const char* kind, const Tensor& labels, std::int64_t clusters) {
  const auto values = labels.data<std::int64_t>();
  const bool sound = std::all_of(values.begin(), values.end(), [&](std::int64_t label) {
    return label >= 0 && label < clusters;
  });
  if (!sound || clusters < 1) {
    throw Error(ErrorCode::format, kind, "a label is none of the clusters");
  }
}

}  // namespace

void KMeansOptions::fields(OptionVisitor& v) {
  v("clusters", clusters);
  v("start", start, kStartNames);
  v("starts", starts);
  v("max_iterations", max_iterations);
  v("tolerance", tolerance);
  v("seed", seed);
}

void KMeans::fitted(FittedVisitor& v) {
  v("centers", centers, Content::f64, {kAnyExtent, feature_count()});
  v("labels", labels, Content::i64, {kAnyExtent});
  v("inertia", inertia, Content::f64, {});
  v("iterations", iterations, Content::i64, {});
}

void KMeans::finish_loading() { check_labels(kKind, labels, centers.dim(0)); }

void KMeans::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& weights) {
  check_clusters(kKind, options.clusters, x.dim(0));
  check_at_least_one(kKind, "starts", options.starts);
  check_at_least_one(kKind, "max_iterations", options.max_iterations);
  // Products of examples that lie around 0 round least.
  const ColumnMoments moments = column_moments(x);
  const Tensor middle = Tensor::from(moments.mean);
  const Tensor centred = (x - cast(middle, x.dtype())).eval();
  const double spread = std::accumulate(moments.variance.begin(), moments.variance.end(), 0.0) /
                        static_cast<double>(x.dim(1));
  const LloydOptions limits{.max_iterations = options.max_iterations,
                            .tolerance = options.tolerance * spread};
  std::optional<LloydResult> best;
  for (std::int64_t start = 0; start < options.starts; ++start) {
    RandomNumbers random(options.seed, static_cast<std::uint64_t>(start));
    const Tensor first = options.start == KMeansOptions::Start::random
                             ? random_centers(centred, options.clusters, weights, random)
                             : plus_plus_centers(centred, options.clusters, weights, random);
    LloydResult result = lloyd(centred, first, weights, limits);
    if (!best || result.inertia < best->inertia) best = std::move(result);
  }
  check_inertia(kKind, best->inertia);
  centers = (best->centers + cast(cast(middle, x.dtype()), DType::f64)).eval();
  labels = best->labels;
  inertia = Tensor::scalar(best->inertia, DType::f64);
  iterations = Tensor(best->iterations);
}

Tensor KMeans::do_predict(const Tensor& x) const { return nearest_centers(x, centers); }
Tensor KMeans::do_transform(const Tensor& x) const { return center_distances(x, centers); }
double KMeans::do_score(const Tensor& x, const Tensor& /*y*/) const {
  return -inertia_of(x, centers, nearest_centers(x, centers));
}

void MiniBatchKMeansOptions::fields(OptionVisitor& v) {
  v("clusters", clusters);
  v("batch_size", batch_size);
  v("epochs", epochs);
  v("seed", seed);
}

void MiniBatchKMeans::fitted(FittedVisitor& v) {
  v("centers", centers, Content::f64, {kAnyExtent, feature_count()});
  v("labels", labels, Content::i64, {kAnyExtent});
  v("inertia", inertia, Content::f64, {});
}

void MiniBatchKMeans::finish_loading() { check_labels(kKind, labels, centers.dim(0)); }

void MiniBatchKMeans::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& weights) {
  check_clusters(kKind, options.clusters, x.dim(0));
  check_at_least_one(kKind, "batch_size", options.batch_size);
  check_at_least_one(kKind, "epochs", options.epochs);
  RandomNumbers random(options.seed);
  auto order = random.permutation(x.dim(0));
  const auto batch = static_cast<std::size_t>(std::min(options.batch_size, x.dim(0)));
  const std::size_t first =
      std::min(order.size(), std::max(3 * batch, 3 * static_cast<std::size_t>(options.clusters)));
  const auto some = std::span(order).first(first);
  auto found = plus_plus_centers(rows_of(x, some), options.clusters,
                                 weights.defined() ? rows_of(weights, some) : weights, random)
                   .to_vector<double>();
  const auto features = static_cast<std::size_t>(x.dim(1));
  std::vector<double> seen(static_cast<std::size_t>(options.clusters));
  const Shape shape{options.clusters, x.dim(1)};
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    order = random.permutation(x.dim(0));
    for (std::size_t begin = 0; begin < order.size(); begin += batch) {
      const std::size_t count = std::min(batch, order.size() - begin);
      const Tensor rows = rows_of(x, std::span(order).subspan(begin, count));
      const Tensor nearest = nearest_centers(rows, Tensor::from(found, shape));
      const auto values = rows.to_vector<double>();
      for (std::size_t i = 0; i < count; ++i) {
        const auto c = static_cast<std::size_t>(nearest.data<std::int64_t>()[i]);
        const double weight =
            weights.defined() ? weights.data<double>()[static_cast<std::size_t>(order[begin + i])]
                              : 1;
        if (weight == 0) continue;
        seen[c] += weight;
        const double rate = weight / seen[c];
        for (std::size_t f = 0; f < features; ++f) {
          found[c * features + f] += rate * (values[i * features + f] - found[c * features + f]);
        }
      }
    }
  }
  const Tensor final_centers = Tensor::from(found, shape);
  const Tensor final_labels = nearest_centers(x, final_centers);
  const double squares = inertia_of(x, final_centers, final_labels, weights);
  check_inertia(kKind, squares);
  centers = final_centers;
  labels = final_labels;
  inertia = Tensor::scalar(squares, DType::f64);
}

Tensor MiniBatchKMeans::do_predict(const Tensor& x) const { return nearest_centers(x, centers); }
Tensor MiniBatchKMeans::do_transform(const Tensor& x) const { return center_distances(x, centers); }
double MiniBatchKMeans::do_score(const Tensor& x, const Tensor& /*y*/) const {
  return -inertia_of(x, centers, nearest_centers(x, centers));
}

}  // namespace gradus::learn
