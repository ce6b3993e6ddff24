#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/learn/nearest.h"
#include "gradus/learn/squared_distance.h"

namespace gradus::learn {
namespace {

constexpr std::size_t kLeafSize = 24;
constexpr std::int64_t kQueriesPerPiece = 64;

struct Found {
  double distance;  // squared
  std::int64_t index;
  friend bool operator<(const Found& a, const Found& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.index < b.index;
  }
};

/// A k-d tree (Bentley 1975): every inner node halves its examples at the median of the feature
/// that spreads most. Leaves hold runs of `order_`, whose examples stand one after the other.
class TreeSearch final : public NearestSearch {
 public:
  explicit TreeSearch(const Tensor& x)
      : features_(static_cast<std::size_t>(x.dim(1))), order_(static_cast<std::size_t>(x.dim(0))) {
    const std::vector<double> values = x.to_vector<double>();
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
    build(values, 0, order_.size());
    points_.reserve(values.size());
    for (const std::int64_t example : order_) {
      const auto row = values.begin() + example * static_cast<std::int64_t>(features_);
      points_.insert(points_.end(), row, row + static_cast<std::int64_t>(features_));
    }
  }

  Neighbors nearest(const Tensor& queries, std::int64_t k) const override {
    const std::int64_t count = queries.dim(0);
    const std::vector<double> values = queries.to_vector<double>();
    std::vector<double> distances(static_cast<std::size_t>(count * k));
    std::vector<std::int64_t> indices(distances.size());
    parallel_for(count, kQueriesPerPiece, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t q = begin; q < end; ++q) {
        Query query{values.data() + q * queries.dim(1),
                    static_cast<std::size_t>(k),
                    {},
                    std::vector<double>(features_)};
        visit(query, 0, 0);
        std::sort_heap(query.heap.begin(), query.heap.end());
        for (std::int64_t i = 0; i < k; ++i) {
          const Found& found = query.heap[static_cast<std::size_t>(i)];
          distances[static_cast<std::size_t>(q * k + i)] = std::sqrt(found.distance);
          indices[static_cast<std::size_t>(q * k + i)] = found.index;
        }
      }
    });
    return {Tensor::from(distances, {count, k}), Tensor::from(indices, {count, k})};
  }

 private:
  struct Node {
    std::size_t begin, end;  // in order_
    std::size_t right = 0;   // the left child follows its parent; 0: a leaf
    std::size_t feature = 0;
    double threshold = 0;  // left: at most
  };
  struct Query {
    const double* point;
    std::size_t k;
    std::vector<Found> heap;      // the nearest so far, the farthest of them in front
    std::vector<double> offsets;  // to the box of the node, along each feature
  };

  void build(const std::vector<double>& values, std::size_t begin, std::size_t end) {
    const std::size_t place = nodes_.size();
    nodes_.push_back({begin, end});
    if (end - begin <= kLeafSize) return;
    const std::size_t feature = widest(values, begin, end);
    const auto value = [&](std::int64_t example) {
      return values[static_cast<std::size_t>(example) * features_ + feature];
    };
    const std::size_t middle = (begin + end) / 2;
    const auto at = [&](std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); };
    std::nth_element(at(begin), at(middle), at(end), [&](std::int64_t a, std::int64_t b) {
      return value(a) != value(b) ? value(a) < value(b) : a < b;
    });
    const double threshold = value(order_[middle]);
    build(values, begin, middle);
    const std::size_t right = nodes_.size();
    build(values, middle, end);
    nodes_[place].right = right;
    nodes_[place].feature = feature;
    nodes_[place].threshold = threshold;
  }

  std::size_t widest(const std::vector<double>& values, std::size_t begin, std::size_t end) const {
    std::size_t best = 0;
    double most = -1;
    for (std::size_t f = 0; f < features_; ++f) {
      double low = std::numeric_limits<double>::infinity(), high = -low;
      for (std::size_t i = begin; i < end; ++i) {
        const double value = values[static_cast<std::size_t>(order_[i]) * features_ + f];
        low = std::min(low, value);
        high = std::max(high, value);
      }
      if (high - low > most) {
        most = high - low;
        best = f;
      }
    }
    return best;
  }

  /// `least`: no example of the node is nearer than this, squared.
  void visit(Query& query, std::size_t place, double least) const {
    const Node& node = nodes_[place];
    if (query.heap.size() == query.k && least > query.heap.front().distance) return;
    if (node.right == 0) {
      scan(query, node);
      return;
    }
    const double difference = query.point[node.feature] - node.threshold;
    const std::size_t near = difference <= 0 ? place + 1 : node.right;
    const std::size_t far = difference <= 0 ? node.right : place + 1;
    visit(query, near, least);
    double& offset = query.offsets[node.feature];
    const double before = offset;
    // Beyond the plane the box is at least this far along the feature (Arya and Mount 1993). The
    // rounding of `least` must not hide an example.
    offset = std::abs(difference);
    const double next = least - before * before + offset * offset;
    visit(query, far, next * (1 - 1e-14) - least * 1e-14);
    offset = before;
  }

  void scan(Query& query, const Node& node) const {
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const Found found{squared_distance(query.point, points_.data() + i * features_, features_),
                        order_[i]};
      if (query.heap.size() == query.k) {
        if (!(found < query.heap.front())) continue;
        std::pop_heap(query.heap.begin(), query.heap.end());
        query.heap.pop_back();
      }
      query.heap.push_back(found);
      std::push_heap(query.heap.begin(), query.heap.end());
    }
  }

  std::size_t features_;
  std::vector<std::int64_t> order_;
  std::vector<double> points_;  // examples in that order
  std::vector<Node> nodes_;
};

}  // namespace

Owned<NearestSearch> search_by_tree(const Tensor& x) { return make_owned<TreeSearch>(x); }

}  // namespace gradus::learn
