#include "gradus/learn/hierarchical.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/neighbor_chain.h"

namespace gradus::learn {
namespace {

constexpr const char* kLinkageNames[] = {"ward", "complete", "average", "single"};

/// Sets that grow together, each under the number of the last merge that made it.
class DisjointSets {
 public:
  explicit DisjointSets(std::int64_t count) : parent_(static_cast<std::size_t>(2 * count - 1)) {
    std::iota(parent_.begin(), parent_.end(), std::int64_t{0});
  }
  std::int64_t root(std::int64_t i) {
    while (parent(i) != i) {
      parent(i) = parent(parent(i));
      i = parent(i);
    }
    return i;
  }
  void join(std::int64_t a, std::int64_t b, std::int64_t into) {
    parent(a) = into;
    parent(b) = into;
  }

 private:
  std::int64_t& parent(std::int64_t i) { return parent_[static_cast<std::size_t>(i)]; }
  std::vector<std::int64_t> parent_;
};

void check_cut(std::int64_t clusters, std::int64_t examples) {
  if (clusters >= 1 && clusters <= examples) return;
  throw Error(
      ErrorCode::invalid_argument, Hierarchical::kKind,
      fmt::format("clusters must be 1 to the number of examples, {}, not {}", examples, clusters));
}

}  // namespace

void HierarchicalOptions::fields(OptionVisitor& v) {
  v("clusters", clusters);
  v("linkage", linkage, kLinkageNames);
}

void Hierarchical::fitted(FittedVisitor& v) {
  v("labels", labels, Content::i64, {kAnyExtent});
  v("merges", merges, Content::i64, {kAnyExtent, 2});
  v("distances", distances, Content::f64, {kAnyExtent});
}

void Hierarchical::finish_loading() {
  const std::int64_t count = merges.dim(0) + 1;
  std::vector<char> used(static_cast<std::size_t>(2 * count));
  const auto pairs = merges.data<std::int64_t>();
  bool sound = labels.size() == count && distances.size() == count - 1;
  for (std::size_t i = 0; i < pairs.size() && sound; ++i) {
    const std::int64_t part = pairs[i];
    const std::int64_t made = count + static_cast<std::int64_t>(i / 2);
    sound = part >= 0 && part < made && !used[static_cast<std::size_t>(part)];
    if (sound) used[static_cast<std::size_t>(part)] = 1;
  }
  if (!sound) throw Error(ErrorCode::format, kKind, "the merges are not those of a tree");
}

void Hierarchical::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& /*weights*/) {
  const std::int64_t count = x.dim(0);
  check_cut(options.clusters, count);
  std::vector<Merge> found = neighbor_chain(x, options.linkage);
  std::stable_sort(found.begin(), found.end(),
                   [](const Merge& a, const Merge& b) { return a.distance < b.distance; });
  DisjointSets sets(count);
  std::vector<std::int64_t> pairs;
  std::vector<double> heights;
  for (const Merge& merge : found) {
    const std::int64_t a = sets.root(merge.first), b = sets.root(merge.second);
    sets.join(a, b, count + static_cast<std::int64_t>(heights.size()));
    pairs.push_back(std::min(a, b));
    pairs.push_back(std::max(a, b));
    heights.push_back(merge.distance);
  }
  merges = Tensor::from(pairs, {count - 1, 2});
  distances = Tensor::from(heights);
  labels = cut(options.clusters);
}

Tensor Hierarchical::cut(std::int64_t clusters) const {
  if (!merges.defined()) require_fitted();
  const std::int64_t count = merges.dim(0) + 1;
  check_cut(clusters, count);
  DisjointSets sets(count);
  const auto pairs = merges.data<std::int64_t>();
  for (std::int64_t i = 0; i < count - clusters; ++i) {
    const auto place = static_cast<std::size_t>(2 * i);
    sets.join(pairs[place], pairs[place + 1], count + i);
  }
  std::vector<std::int64_t> name(static_cast<std::size_t>(2 * count), -1);
  std::vector<std::int64_t> result;
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t& own = name[static_cast<std::size_t>(sets.root(i))];
    if (own < 0) own = next++;
    result.push_back(own);
  }
  return Tensor::from(result);
}

Dendrogram dendrogram(const Hierarchical& tree) {
  if (!tree.is_fitted()) {
    throw Error(ErrorCode::invalid_argument, "dendrogram", "the clustering is not fitted yet");
  }
  const std::int64_t count = tree.merges.dim(0) + 1;
  const auto pairs = tree.merges.data<std::int64_t>();
  // From the root down, the left of each pair first; a stack, since trees may be as deep as wide.
  std::vector<std::int64_t> order, waiting = {2 * count - 2};
  std::vector<double> position(static_cast<std::size_t>(2 * count - 1));
  while (!waiting.empty()) {
    const std::int64_t node = waiting.back();
    waiting.pop_back();
    if (node < count) {
      position[static_cast<std::size_t>(node)] = static_cast<double>(order.size());
      order.push_back(node);
    } else {
      waiting.push_back(pairs[static_cast<std::size_t>(2 * (node - count) + 1)]);
      waiting.push_back(pairs[static_cast<std::size_t>(2 * (node - count))]);
    }
  }
  for (std::int64_t i = 0; i < count - 1; ++i) {
    const auto place = static_cast<std::size_t>(2 * i);
    position[static_cast<std::size_t>(count + i)] =
        (position[static_cast<std::size_t>(pairs[place])] +
         position[static_cast<std::size_t>(pairs[place + 1])]) /
        2;
  }
  return {Tensor::from(order),
          Tensor::from(std::vector<double>(position.begin() + count, position.end()))};
}

}  // namespace gradus::learn
