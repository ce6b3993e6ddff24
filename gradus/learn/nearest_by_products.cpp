#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/learn/nearest.h"
#include "gradus/learn/squared_distance.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"

namespace gradus::learn {
namespace {

constexpr std::int64_t kQueryBlock = 128;
constexpr std::int64_t kExampleBlock = 2048;
constexpr std::size_t kScanBlock = 32;

struct Candidate {
  double distance;
  std::int64_t index;
  friend bool operator<(const Candidate& a, const Candidate& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.index < b.index;
  }
};

/// The examples that may be among the k nearest to one query, as far as rounded distances tell.
class CandidateList {
 public:
  /// slack: how far a rounded distance may be from the true one.
  CandidateList(std::size_t k, double slack) : k_(k), slack_(slack) {}

  /// Rounded squared distances to the examples from `first` on, less a constant of the query.
  template <class T>
  void scan(const T* distances, std::size_t count, std::int64_t first) {
    for (std::size_t begin = 0; begin < count; begin += kScanBlock) {
      const std::size_t end = std::min(begin + kScanBlock, count);
      const auto limit = rounded_up<T>(limit_);
      // Nearly all blocks have none, and this loop has no branches.
      int any = 0;
      for (std::size_t j = begin; j < end; ++j) any |= distances[j] <= limit;
      if (!any) continue;
      for (std::size_t j = begin; j < end; ++j) {
        if (static_cast<double>(distances[j]) <= limit_) {
          add({static_cast<double>(distances[j]), first + static_cast<std::int64_t>(j)});
        }
      }
    }
  }

  /// Every one of `count` examples is a candidate.
  void add_all(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) candidates_.push_back({0, i});
  }

  std::vector<Candidate> take() {
    prune();
    return std::move(candidates_);
  }

 private:
  template <class T>
  static T rounded_up(double value) {
    const auto rounded = static_cast<T>(value);
    return static_cast<double>(rounded) < value
               ? std::nextafter(rounded, std::numeric_limits<T>::infinity())
               : rounded;
  }
  void add(const Candidate& candidate) {
    candidates_.push_back(candidate);
    nearest_.push_back(candidate.distance);
    std::push_heap(nearest_.begin(), nearest_.end());
    if (nearest_.size() > k_) {
      std::pop_heap(nearest_.begin(), nearest_.end());
      nearest_.pop_back();
    }
    // The true distances of these k are at most `slack` above, those of others as much below.
    if (nearest_.size() == k_) limit_ = nearest_.front() + 2 * slack_;
    if (candidates_.size() > room_) prune();
  }
  void prune() {
    std::erase_if(candidates_, [&](const Candidate& c) { return c.distance > limit_; });
    room_ = 2 * candidates_.size() + 4 * k_ + 64;
  }

  std::size_t k_;
  double slack_;
  double limit_ = std::numeric_limits<double>::infinity();
  std::vector<double> nearest_;  // a heap of the k smallest so far, the largest in front
  std::vector<Candidate> candidates_;
  std::size_t room_ = 0;
};

/// |q - x|^2 = |q|^2 + |x|^2 - 2 q x, for a block of queries and a block of examples as one matrix
/// product. Rounding makes these distances useful for a choice of candidates only; candidates are
/// then measured by the definition.
template <class T>
class ProductSearch final : public NearestSearch {
 public:
  explicit ProductSearch(const Tensor& x) : x_(x) {
    const auto features = static_cast<std::size_t>(x.dim(1));
    std::vector<T> lengths;
    for (std::int64_t i = 0; i < x.dim(0); ++i) {
      const double length = squared_length(x.data<T>().data() + i * x.dim(1), features);
      longest_ = std::max(longest_, length);
      lengths.push_back(static_cast<T>(length));
    }
    lengths_ = Tensor::from(lengths);
  }

  Neighbors nearest(const Tensor& queries, std::int64_t k) const override {
    const std::int64_t count = queries.dim(0);
    std::vector<double> distances(static_cast<std::size_t>(count * k));
    std::vector<std::int64_t> indices(distances.size());
    parallel_for(count, kQueryBlock, [&](std::int64_t begin, std::int64_t end) {
      auto lists = candidates(slice(queries, 0, {.start = begin, .stop = end}).eval(), k);
      for (std::int64_t q = begin; q < end; ++q) {
        auto found = lists[static_cast<std::size_t>(q - begin)].take();
        measure(queries.data<T>().data() + q * queries.dim(1), found);
        std::partial_sort(found.begin(), found.begin() + k, found.end());
        for (std::int64_t i = 0; i < k; ++i) {
          const Candidate& candidate = found[static_cast<std::size_t>(i)];
          distances[static_cast<std::size_t>(q * k + i)] = std::sqrt(candidate.distance);
          indices[static_cast<std::size_t>(q * k + i)] = candidate.index;
        }
      }
    });
    return {Tensor::from(distances, {count, k}), Tensor::from(indices, {count, k})};
  }

 private:
  std::vector<CandidateList> candidates(const Tensor& queries, std::int64_t k) const {
    const auto features = static_cast<std::size_t>(queries.dim(1));
    std::vector<CandidateList> lists;
    for (std::int64_t q = 0; q < queries.dim(0); ++q) {
      const double length = squared_length(queries.data<T>().data() + q * queries.dim(1), features);
      lists.emplace_back(static_cast<std::size_t>(k), slack_of(length));
    }
    if (overflows(queries)) {
      for (CandidateList& list : lists) list.add_all(x_.dim(0));
      return lists;
    }
    const Tensor turned = (queries * -2.0).eval();
    for (std::int64_t first = 0; first < x_.dim(0); first += kExampleBlock) {
      const Range range{.start = first, .stop = std::min(first + kExampleBlock, x_.dim(0))};
      const Tensor block = linear(turned, slice(x_, 0, range), slice(lengths_, 0, range)).eval();
      const auto width = static_cast<std::size_t>(block.dim(1));
      for (std::size_t q = 0; q < lists.size(); ++q) {
        lists[q].scan(block.data<T>().data() + q * width, width, first);
      }
    }
    return lists;
  }

  /// |rounded - true| <= gamma |2q| |x| + u |x|^2, and a rounding of their sum, in any order of
  /// summation (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1).
  double slack_of(double query) const {
    const double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
    const double rounded = (static_cast<double>(x_.dim(1)) + 4) * unit;
    const double product = 2 * std::sqrt(query * longest_);
    return rounded / (1 - rounded) * (product + longest_) * 1.01;
  }

  /// Whether products could be infinite, which says nothing about distances.
  bool overflows(const Tensor& queries) const {
    double longest = longest_;
    for (std::int64_t q = 0; q < queries.dim(0); ++q) {
      longest = std::max(longest, squared_length(queries.data<T>().data() + q * queries.dim(1),
                                                 static_cast<std::size_t>(queries.dim(1))));
    }
    return !(longest < static_cast<double>(std::numeric_limits<T>::max()) / 8);
  }

  void measure(const T* query, std::vector<Candidate>& candidates) const {
    const auto features = static_cast<std::size_t>(x_.dim(1));
    for (Candidate& candidate : candidates) {
      candidate.distance =
          squared_distance(query, x_.data<T>().data() + candidate.index * x_.dim(1), features);
    }
  }

  Tensor x_;
  Tensor lengths_;  // (examples): squared
  double longest_ = 0;
};

}  // namespace

Owned<NearestSearch> search_by_products(const Tensor& x) {
  if (x.dtype() == DType::f64) return make_owned<ProductSearch<double>>(x);
  return make_owned<ProductSearch<float>>(x);
}

}  // namespace gradus::learn
