#include "gradus/learn/lloyd.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/learn/nearest_center.h"
#include "gradus/learn/squared_distance.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr std::int64_t kRows = 256;    // of one product
constexpr std::int64_t kPiece = 1024;  // examples that a thread looks at in one go, at least
constexpr std::int64_t kPieceBytes = std::int64_t{1} << 26;  // of the changes of all pieces
// A product with so few centres takes no longer than the exact distance to one of them.
constexpr std::size_t kFewCenters = 32;

/// Bounds on the distances of examples to centres (Hamerly 2010, "Making k-means even faster"): an
/// example stays where it is as long as its own centre is surely nearer than any other may be.
template <class T>
class Iterations {
 public:
  Iterations(const Tensor& x, const Tensor& centers, const Tensor& weights)
      : x_(x),
        weights_(weights),
        features_(static_cast<std::size_t>(x.dim(1))),
        clusters_(static_cast<std::size_t>(centers.dim(0))),
        lengths_(squared_lengths(x)),
        centers_(rounded(centers)),
        labels_(static_cast<std::size_t>(x.dim(0)), -1),
        upper_(labels_.size(), std::numeric_limits<double>::infinity()),
        lower_(labels_.size()),
        sums_(clusters_ * features_),
        masses_(clusters_),
        counts_(clusters_),
        piece_(piece_rows()) {}

  /// Returns the number of examples that changed their cluster.
  std::int64_t assign() {
    const std::vector<double> gaps = half_gaps();
    const CenterSearch search(centers_, x_.dtype());
    std::vector<Changes> pieces(static_cast<std::size_t>((x_.dim(0) + piece_ - 1) / piece_));
    parallel_for(x_.dim(0), piece_, [&](std::int64_t begin, std::int64_t end) {
      Changes& changes = pieces[static_cast<std::size_t>(begin / piece_)];
      std::vector<std::int64_t> unsure;
      for (std::int64_t first = begin; first < end; first += kRows) {
        const std::int64_t last = std::min(first + kRows, end);
        unsure.clear();
        for (std::int64_t i = first; i < last; ++i) {
          if (!is_sure(i, gaps)) unsure.push_back(i);
        }
        // To look at all rows where they lie costs less than to gather most of them.
        if (2 * static_cast<std::int64_t>(unsure.size()) > last - first) {
          unsure.resize(static_cast<std::size_t>(last - first));
          std::iota(unsure.begin(), unsure.end(), first);
        }
        settle(search, unsure, changes);
      }
    });
    std::int64_t moves = 0;
    for (const Changes& changes : pieces) moves += add(changes);
    return moves;
  }

  /// Returns the sum of the squared moves of the centres.
  double move_centers() {
    fill_empty_clusters();
    if (weights_.defined()) {
      weigh();
    } else {
      std::copy(counts_.begin(), counts_.end(), masses_.begin());
    }
    const auto before = centers_.to_vector<double>();
    std::vector<double> after = before;
    for (std::size_t c = 0; c < clusters_; ++c) {
      for (std::size_t f = 0; counts_[c] > 0 && f < features_; ++f) {
        const double mean = sums_[c * features_ + f] / masses_[c];
        after[c * features_ + f] = static_cast<double>(static_cast<T>(mean));
      }
    }
    std::vector<double> moved(clusters_);
    double total = 0;
    for (std::size_t c = 0; c < clusters_; ++c) {
      const double square =
          squared_distance(before.data() + c * features_, after.data() + c * features_, features_);
      moved[c] = std::sqrt(square) * (1 + 1e-12);
      total += square;
    }
    centers_ = Tensor::from(after, centers_.shape());
    widen(moved);
    return total;
  }

  const Tensor& centers() const { return centers_; }
  Tensor labels() const {
    return Tensor::from(std::vector<std::int64_t>(labels_.begin(), labels_.end()));
  }

 private:
  /// What the moves of some examples do to the sums and counts of clusters.
  struct Changes {
    std::int64_t moves = 0;
    std::vector<double> sums;  // (clusters, features)
    std::vector<std::int64_t> counts;
  };

  /// So many that the changes of all pieces fit into some memory.
  std::int64_t piece_rows() const {
    const auto of_piece =
        static_cast<std::int64_t>(sums_.size()) * static_cast<std::int64_t>(sizeof(double));
    const std::int64_t pieces = std::max<std::int64_t>(1, kPieceBytes / of_piece);
    return std::max(kPiece, (x_.dim(0) + pieces - 1) / pieces);
  }
  static Tensor rounded(const Tensor& centers) {
    return Tensor(cast(cast(centers, dtype_of<T>), DType::f64).eval());
  }
  const T* row(std::int64_t example) const { return x_.data<T>().data() + example * x_.dim(1); }

  double distance_to_own(std::int64_t i) const {
    const auto own = static_cast<std::size_t>(labels_[static_cast<std::size_t>(i)]);
    const double* center = centers_.data<double>().data() + own * features_;
    const T* example = row(i);
    double sums[4] = {0, 0, 0, 0};
    std::size_t f = 0;
    for (; f + 4 <= features_; f += 4) {
      for (std::size_t lane = 0; lane < 4; ++lane) {
        const double difference = static_cast<double>(example[f + lane]) - center[f + lane];
        sums[lane] += difference * difference;
      }
    }
    for (; f < features_; ++f) {
      const double difference = static_cast<double>(example[f]) - center[f];
      sums[0] += difference * difference;
    }
    return std::sqrt((sums[0] + sums[1]) + (sums[2] + sums[3])) * (1 + 1e-12);
  }

  bool is_sure(std::int64_t i, const std::vector<double>& gaps) {
    const auto place = static_cast<std::size_t>(i);
    if (labels_[place] < 0) return false;
    const double bound = std::max(lower_[place], gaps[static_cast<std::size_t>(labels_[place])]);
    if (upper_[place] <= bound) return true;
    if (clusters_ <= kFewCenters) return false;
    upper_[place] = distance_to_own(i);
    return upper_[place] <= bound;
  }

  void settle(const CenterSearch& search, const std::vector<std::int64_t>& unsure,
              Changes& changes) {
    if (unsure.empty()) return;
    std::vector<NearestCenter> found(unsure.size());
    std::vector<double> lengths;
    for (const std::int64_t i : unsure) lengths.push_back(lengths_[static_cast<std::size_t>(i)]);
    search.find(gathered(unsure), lengths.data(), found.data());
    for (std::size_t j = 0; j < unsure.size(); ++j) {
      const auto place = static_cast<std::size_t>(unsure[j]);
      if (labels_[place] != found[j].center) move(unsure[j], found[j].center, changes);
      upper_[place] = found[j].nearest;
      lower_[place] = found[j].second;
    }
  }

  /// Gives an example another cluster.
  void move(std::int64_t example, std::int32_t to, Changes& changes) {
    if (changes.moves == 0) {
      changes.sums.assign(clusters_ * features_, 0.0);
      changes.counts.assign(clusters_, 0);
    }
    ++changes.moves;
    std::int32_t& label = labels_[static_cast<std::size_t>(example)];
    add_row(example, 1, to, changes);
    if (label >= 0) add_row(example, -1, label, changes);
    label = to;
  }
  void add_row(std::int64_t example, std::int64_t times, std::int32_t cluster,
               Changes& changes) const {
    const auto place = static_cast<std::size_t>(cluster);
    if (weights_.defined()) {  // weigh() makes the sums
      if (weight_of(example) > 0) changes.counts[place] += times;
      return;
    }
    changes.counts[place] += times;
    const auto factor = static_cast<double>(times);
    const T* values = row(example);
    double* sums = changes.sums.data() + place * features_;
    std::size_t f = 0;
    for (; f + 4 <= features_; f += 4) {
      for (std::size_t lane = f; lane < f + 4; ++lane) {
        sums[lane] += factor * static_cast<double>(values[lane]);
      }
    }
    for (; f < features_; ++f) sums[f] += factor * static_cast<double>(values[f]);
  }
  /// Takes changes into the sums of the clusters; returns how many moves they are.
  std::int64_t add(const Changes& changes) {
    if (changes.moves == 0) return 0;
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += changes.sums[i];
    for (std::size_t c = 0; c < clusters_; ++c) counts_[c] += changes.counts[c];
    return changes.moves;
  }

  double weight_of(std::int64_t example) const {
    return weights_.data<double>()[static_cast<std::size_t>(example)];
  }
  /// Sums and masses of weighted examples from the beginning: changes by weights of all sizes would
  /// leave their rounding behind.
  void weigh() {
    std::fill(sums_.begin(), sums_.end(), 0.0);
    std::fill(masses_.begin(), masses_.end(), 0.0);
    for (std::int64_t i = 0; i < x_.dim(0); ++i) {
      const auto cluster = static_cast<std::size_t>(labels_[static_cast<std::size_t>(i)]);
      const double weight = weight_of(i);
      masses_[cluster] += weight;
      double* sums = sums_.data() + cluster * features_;
      for (std::size_t f = 0; f < features_; ++f)
        sums[f] += weight * static_cast<double>(row(i)[f]);
    }
  }

  Tensor gathered(const std::vector<std::int64_t>& examples) const {
    const auto count = static_cast<std::int64_t>(examples.size());
    if (examples.back() - examples.front() + 1 == count) {
      return slice(x_, 0, {.start = examples.front(), .stop = examples.back() + 1}).eval();
    }
    Array rows{.shape = {count, x_.dim(1)}, .dtype = x_.dtype(), .strides = {}, .buffer = {}};
    allocate_row_major(rows);
    for (std::int64_t j = 0; j < count; ++j) {
      std::copy_n(row(examples[static_cast<std::size_t>(j)]), features_,
                  rows.mutable_data<T>() + j * x_.dim(1));
    }
    return Tensor::from_array(rows);
  }

  /// Of each centre, half the distance to the nearest other one: whoever is nearer than that to it
  /// is nearer to no other.
  std::vector<double> half_gaps() const {
    const auto products = matmul(centers_, transpose(centers_)).to_vector<double>();
    std::vector<double> gaps(clusters_, std::numeric_limits<double>::infinity());
    const double unit = (static_cast<double>(features_) + 4) * 0x1p-52;
    for (std::size_t a = 0; a < clusters_; ++a) {
      for (std::size_t b = 0; b < clusters_; ++b) {
        if (a == b) continue;
        const double lengths = products[a * clusters_ + a] + products[b * clusters_ + b];
        const double square =
            lengths * (1 - unit) - 2 * products[a * clusters_ + b] - unit * lengths;
        gaps[a] = std::min(gaps[a], std::sqrt(std::max(0.0, square)) / 2);
      }
    }
    return gaps;
  }

  void fill_empty_clusters() {
    if (std::find(counts_.begin(), counts_.end(), 0) == counts_.end()) return;
    std::vector<double> distances(labels_.size());
    parallel_for(x_.dim(0), kPiece, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        if (weights_.defined() && weight_of(i) == 0) continue;
        distances[static_cast<std::size_t>(i)] = distance_to_own(i);
      }
    });
    for (std::size_t c = 0; c < clusters_; ++c) {
      if (counts_[c] > 0) continue;
      const auto farthest = static_cast<std::size_t>(
          std::max_element(distances.begin(), distances.end()) - distances.begin());
      if (!(distances[farthest] > 0)) return;  // fewer different examples than clusters
      const auto cluster = static_cast<std::int32_t>(c);
      Changes change;
      move(static_cast<std::int64_t>(farthest), cluster, change);
      add(change);
      distances[farthest] = 0;
      upper_[farthest] = std::numeric_limits<double>::infinity();
      lower_[farthest] = 0;
    }
  }

  void widen(const std::vector<double>& moved) {
    // The farthest move, and the farthest of the others.
    std::size_t farthest = 0;
    double second = 0;
    for (std::size_t c = 1; c < clusters_; ++c) {
      if (moved[c] > moved[farthest]) {
        second = moved[farthest];
        farthest = c;
      } else {
        second = std::max(second, moved[c]);
      }
    }
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      const auto own = static_cast<std::size_t>(labels_[i]);
      upper_[i] = (upper_[i] + moved[own]) * (1 + 1e-15);
      lower_[i] = (lower_[i] - (own == farthest ? second : moved[farthest])) * (1 - 1e-15);
    }
  }

  Tensor x_;
  Tensor weights_;  // f64 (examples), or undefined
  std::size_t features_, clusters_;
  std::vector<double> lengths_;  // of the examples, squared
  Tensor centers_;               // f64, of values that T holds
  std::vector<std::int32_t> labels_;
  std::vector<double> upper_, lower_;  // distances: to the own centre at most, to others at least
  std::vector<double> sums_;           // (clusters, features)
  std::vector<double> masses_;         // what sums are divided by
  std::vector<std::int64_t> counts_;   // of the examples that weigh something
  std::int64_t piece_;
};

template <class T>
LloydResult iterate(const Tensor& x, const Tensor& centers, const Tensor& weights,
                    const LloydOptions& options) {
  Iterations<T> state(x, centers, weights);
  std::int64_t iterations = 0;
  bool settled = false;
  while (iterations < options.max_iterations && !settled) {
    ++iterations;
    if (state.assign() == 0) {
      settled = true;
    } else if (state.move_centers() <= options.tolerance) {
      break;
    }
  }
  if (!settled) state.assign();
  const Tensor labels = state.labels();
  return {state.centers(), labels, inertia_of(x, state.centers(), labels, weights), iterations};
}

}  // namespace

LloydResult lloyd(const Tensor& x, const Tensor& centers, const Tensor& weights,
                  const LloydOptions& options) {
  if (x.dtype() == DType::f64) return iterate<double>(x, centers, weights, options);
  return iterate<float>(x, centers, weights, options);
}

}  // namespace gradus::learn
