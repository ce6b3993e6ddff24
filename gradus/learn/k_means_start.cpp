#include "gradus/learn/k_means_start.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/nearest_center.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr std::int64_t kStartBlock = 512;

/// A place, with a chance as its value; nothing if all are 0.
std::optional<std::int64_t> drawn(const std::vector<double>& values, double total,
                                  RandomNumbers& random) {
  if (!(total > 0)) return std::nullopt;
  double left = random.uniform() * total;
  for (std::size_t i = 0; i < values.size(); ++i) {
    left -= values[i];
    if (left < 0) return static_cast<std::int64_t>(i);
  }
  return std::max_element(values.begin(), values.end()) - values.begin();
}

/// The squared distances of all examples to their nearest centre, as centres are added.
class Distances {
 public:
  Distances(const Tensor& x, const Tensor& weights)
      : x_(x),
        lengths_(squared_lengths(x)),
        weights_(weights.defined() ? weights.to_vector<double>() : std::vector<double>()),
        nearest_(static_cast<std::size_t>(x.dim(0)), std::numeric_limits<double>::infinity()) {}

  /// Adds the one of these examples as a centre that leaves the least sum; returns it.
  std::int64_t add_best(const std::vector<std::int64_t>& candidates) {
    const Tensor rows = rows_of(x_, candidates);
    const Tensor turned = (rows * -2.0).eval();
    const auto count = candidates.size();
    std::vector<std::vector<double>> reduced(count, std::vector<double>(nearest_.size()));
    const auto blocks = static_cast<std::size_t>((x_.dim(0) + kStartBlock - 1) / kStartBlock);
    std::vector<double> sums(blocks * count);
    parallel_for(x_.dim(0), kStartBlock, [&](std::int64_t begin, std::int64_t end) {
      const Tensor block = slice(x_, 0, {.start = begin, .stop = end});
      const auto products = matmul(block, transpose(turned)).to_vector<double>();
      for (std::size_t c = 0; c < count; ++c) {
        const auto chosen = candidates[c];
        double sum = 0;
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          const double distance =
              static_cast<std::int64_t>(i) == chosen
                  ? 0
                  : products[(i - static_cast<std::size_t>(begin)) * count + c] + lengths_[i] +
                        lengths_[static_cast<std::size_t>(chosen)];
          reduced[c][i] = std::min(nearest_[i], std::max(0.0, distance));
          sum += reduced[c][i] * (weights_.empty() ? 1 : weights_[i]);
        }
        sums[static_cast<std::size_t>(begin / kStartBlock) * count + c] = sum;
      }
    });
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < count; ++c) {
      double sum = 0;
      for (std::size_t block = 0; block < blocks; ++block) sum += sums[block * count + c];
      if (sum < least) {
        least = sum;
        best = c;
      }
    }
    total_ = least;
    nearest_ = std::move(reduced[best]);
    return candidates[best];
  }

  /// An example with a chance as its distance.
  std::int64_t draw(RandomNumbers& random) const {
    const auto any = [&] { return random.below(static_cast<std::int64_t>(nearest_.size())); };
    if (weights_.empty()) {
      const auto place = drawn(nearest_, total_, random);
      return place ? *place : any();  // every example is a centre already
    }
    std::vector<double> chances(nearest_.size());
    for (std::size_t i = 0; i < chances.size(); ++i) {
      // No centre is there before the first.
      chances[i] = weights_[i] * (std::isfinite(nearest_[i]) ? nearest_[i] : 1);
    }
    const auto place = drawn(chances, std::accumulate(chances.begin(), chances.end(), 0.0), random);
    return place ? *place : any();
  }

 private:
  Tensor x_;
  std::vector<double> lengths_;
  std::vector<double> weights_;  // or none
  std::vector<double> nearest_;
  double total_ = 0;
};

Tensor examples_at(const Tensor& x, const std::vector<std::int64_t>& chosen) {
  return Tensor(cast(rows_of(x, chosen), DType::f64).eval());
}

}  // namespace

Tensor plus_plus_centers(const Tensor& x, std::int64_t clusters, const Tensor& weights,
                         RandomNumbers& random) {
  const auto trials = 2 + static_cast<std::int64_t>(std::log(static_cast<double>(clusters)));
  Distances distances(x, weights);
  const std::int64_t first = weights.defined() ? distances.draw(random) : random.below(x.dim(0));
  std::vector<std::int64_t> chosen = {distances.add_best({first})};
  while (static_cast<std::int64_t>(chosen.size()) < clusters) {
    std::vector<std::int64_t> candidates;
    for (std::int64_t i = 0; i < trials; ++i) candidates.push_back(distances.draw(random));
    chosen.push_back(distances.add_best(candidates));
  }
  return examples_at(x, chosen);
}

Tensor random_centers(const Tensor& x, std::int64_t clusters, const Tensor& weights,
                      RandomNumbers& random) {
  auto order = random.permutation(x.dim(0));
  if (weights.defined()) {
    // The least of exponential times whose rates are the weights (Efraimidis and Spirakis 2006).
    std::vector<double> times;
    for (const double weight : weights.data<double>()) {
      times.push_back(-std::log(1 - random.uniform()) / weight);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return times[static_cast<std::size_t>(a)] < times[static_cast<std::size_t>(b)];
    });
  }
  order.resize(static_cast<std::size_t>(clusters));
  return examples_at(x, order);
}

}  // namespace gradus::learn
