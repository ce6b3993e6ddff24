#include "gradus/learn/neighbor_chain.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/learn/column_moments.h"
#include "gradus/learn/nearest_center.h"
#include "gradus/learn/squared_distance.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

using Linkage = HierarchicalOptions::Linkage;
constexpr std::int64_t kTile = 64;
// Where so much of |a|^2 + |b|^2 - 2ab cancels, distances are measured by the definition.
constexpr double kCancelled = 1e-3;
constexpr std::size_t kLanes = 8;
constexpr double kNever = std::numeric_limits<double>::infinity();

/// The distances of all clusters from each other, a full matrix: the row of a cluster lies in one
/// piece. Those of clusters that are no more, and from a cluster to itself, are infinite.
class DistanceMatrix {
 public:
  DistanceMatrix(const Tensor& x, bool squared) : count_(x.dim(0)) {
    matrix_.shape = {count_, count_};
    matrix_.dtype = DType::f64;
    allocate_row_major(matrix_);  // asks whether there is memory
    // Products of examples that lie around 0 round least.
    const Tensor centred = (cast(x, DType::f64) - Tensor::from(column_moments(x).mean)).eval();
    const std::vector<double> lengths = squared_lengths(centred);
    parallel_for(count_, kTile, [&](std::int64_t begin, std::int64_t end) {
      fill(centred, lengths, begin, end, squared);
    });
  }

  double* row(std::int64_t i) { return matrix_.mutable_data<double>() + i * count_; }
  void set(std::int64_t i, std::int64_t j, double distance) {
    row(i)[j] = distance;
    row(j)[i] = distance;
  }
  void forget(std::int64_t i) {
    for (std::int64_t j = 0; j < count_; ++j) set(i, j, kNever);
  }

  /// The first of the nearest to i; `preferred` if none is nearer than that.
  std::int64_t nearest(std::int64_t i, std::int64_t preferred) {
    const double* distances = row(i);
    const auto count = static_cast<std::size_t>(count_);
    double least[kLanes];
    std::fill(least, least + kLanes, kNever);
    std::size_t j = 0;
    for (; j + kLanes <= count; j += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        least[lane] = distances[j + lane] < least[lane] ? distances[j + lane] : least[lane];
      }
    }
    double smallest = *std::min_element(least, least + kLanes);
    for (; j < count; ++j) smallest = std::min(smallest, distances[j]);
    if (preferred >= 0 && distances[preferred] <= smallest) return preferred;
    return std::find(distances, distances + count, smallest) - distances;
  }

 private:
  /// The rows begin ... end - 1, from the diagonal on, and what mirrors them.
  void fill(const Tensor& x, const std::vector<double>& lengths, std::int64_t begin,
            std::int64_t end, bool squared) {
    const auto features = static_cast<std::size_t>(x.dim(1));
    const double* values = x.data<double>().data();
    const Tensor products =
        linear(slice(x, 0, {.start = begin, .stop = end}), slice(x, 0, {.start = begin})).eval();
    const double* product = products.data<double>().data();
    for (std::int64_t i = begin; i < end; ++i, product += count_ - begin) {
      for (std::int64_t j = i; j < count_; ++j) {
        const double both =
            lengths[static_cast<std::size_t>(i)] + lengths[static_cast<std::size_t>(j)];
        double square = both - 2 * product[j - begin];
        if (square < kCancelled * both) {
          square = squared_distance(values + i * x.dim(1), values + j * x.dim(1), features);
        }
        set(i, j, i == j ? kNever : squared ? square : std::sqrt(square));
      }
    }
  }

  std::int64_t count_;
  Array matrix_;
};

/// The distance of a cluster k from the one that a and b become (Lance and Williams 1967).
struct Update {
  Linkage linkage;
  double size_a, size_b, between;

  double operator()(double to_a, double to_b, double size_k) const {
    switch (linkage) {
      case Linkage::single:
        return std::min(to_a, to_b);
      case Linkage::complete:
        return std::max(to_a, to_b);
      case Linkage::average:
        return (size_a * to_a + size_b * to_b) / (size_a + size_b);
      case Linkage::ward:
        break;
    }
    // Of squared distances.
    return ((size_k + size_a) * to_a + (size_k + size_b) * to_b - size_k * between) /
           (size_k + size_a + size_b);
  }
};

}  // namespace

std::vector<Merge> neighbor_chain(const Tensor& x, Linkage linkage) {
  const std::int64_t count = x.dim(0);
  const bool squared = linkage == Linkage::ward;
  DistanceMatrix distances(x, squared);
  std::vector<double> sizes(static_cast<std::size_t>(count), 1);
  const auto size = [&](std::int64_t i) -> double& { return sizes[static_cast<std::size_t>(i)]; };
  std::vector<Merge> merges;
  std::vector<std::int64_t> chain;
  std::int64_t start = 0;
  while (static_cast<std::int64_t>(merges.size()) + 1 < count) {
    if (chain.empty()) {
      while (size(start) == 0) ++start;
      chain.push_back(start);
    }
    // Each is the nearest neighbour of the one before it; distances fall, so two end up as each
    // other's nearest.
    const std::int64_t last = chain.back();
    const std::int64_t before = chain.size() > 1 ? chain[chain.size() - 2] : -1;
    const std::int64_t next = distances.nearest(last, before);
    if (!(distances.row(last)[next] < kNever)) {
      throw Error(ErrorCode::numeric, Hierarchical::kKind, "distances between examples overflow");
    }
    if (next != before) {
      chain.push_back(next);
      continue;
    }
    chain.resize(chain.size() - 2);
    const std::int64_t a = std::min(last, before), b = std::max(last, before);
    const double between = distances.row(a)[b];
    merges.push_back({a, b, squared ? std::sqrt(std::max(0.0, between)) : between});
    const Update update{linkage, size(a), size(b), between};
    const double* to_a = distances.row(a);
    double* to_b = distances.row(b);
    for (std::int64_t k = 0; k < count; ++k) {
      if (k != a && k != b && size(k) > 0) distances.set(k, b, update(to_a[k], to_b[k], size(k)));
    }
    distances.forget(a);
    size(b) += size(a);
    size(a) = 0;
  }
  return merges;
}

}  // namespace gradus::learn
