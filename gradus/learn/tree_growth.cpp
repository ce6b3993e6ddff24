#include "gradus/learn/tree_growth.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/learn/binned_examples.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/tree_cells.h"

namespace gradus::learn {
namespace {

using Row = TreeRow;

constexpr std::size_t kSortedNode = 96;         // smaller nodes sort their examples, not count them
constexpr std::size_t kParallelNode = 1 << 13;  // larger ones look at features on several threads

struct Node {
  std::int64_t feature = -1;
  double threshold = 0;
  std::int64_t left = -1, right = -1;
  std::int64_t samples = 0;
  double mass = 0;
  double impurity = 0;
};

struct Nodes {
  std::vector<Node> nodes;
  std::vector<double> values;  // (nodes, outputs)
};

/// Examples rows[begin .. end) that still have to become node `place`.
struct Pending {
  std::size_t begin, end;
  std::int64_t depth;
  std::size_t place;
};

struct Split {
  double goodness = -std::numeric_limits<double>::infinity();
  std::size_t feature = 0;
  std::size_t bin = 0;  // the last that goes to the left
  bool found = false;
};

template <class Cells>
class Growth {
 public:
  Growth(const BinnedExamples& data, const Cells& cells, const DecisionTreeOptions& options)
      : data_(data),
        cells_(cells),
        options_(options),
        whole_mass_(cells.whole_mass()),
        rows_(data.examples) {
    std::iota(rows_.begin(), rows_.end(), Row{0});
  }

  /// The top of the tree node by node, several threads looking at the features of each; then the
  /// subtrees below, each on one thread. What counts as top depends on sizes alone.
  Nodes grow() {
    Nodes top;
    std::vector<Pending> small;
    const std::size_t few = std::max<std::size_t>(1024, data_.examples / 64);
    grow_from({0, rows_.size(), 0, 0}, few, top, small);
    std::vector<Nodes> below(small.size());
    parallel_for(static_cast<std::int64_t>(small.size()), 1, [&](std::int64_t i, std::int64_t) {
      const auto place = static_cast<std::size_t>(i);
      std::vector<Pending> none;
      const Pending& root = small[place];
      grow_from({root.begin, root.end, root.depth, 0}, 0, below[place], none);
    });
    for (std::size_t i = 0; i < small.size(); ++i) graft(below[i], small[i].place, top);
    return top;
  }

 private:
  /// Grows the node and those below it; nodes of at most `few` examples are left to the caller.
  void grow_from(const Pending& root, std::size_t few, Nodes& to, std::vector<Pending>& left_over) {
    std::vector<Pending> waiting = {root};
    append(to);
    while (!waiting.empty()) {
      const Pending task = waiting.back();
      waiting.pop_back();
      if (task.end - task.begin <= few) {
        left_over.push_back(task);
        continue;
      }
      const Split split = make_node(task, to);
      if (!split.found) continue;
      const std::size_t middle = partition(task, split);
      Node& node = to.nodes[task.place];
      node.feature = static_cast<std::int64_t>(split.feature);
      node.threshold = data_.edges[split.feature][split.bin];
      const std::size_t left = to.nodes.size();
      node.left = static_cast<std::int64_t>(left);
      node.right = static_cast<std::int64_t>(left + 1);
      append(to);
      append(to);
      waiting.push_back({middle, task.end, task.depth + 1, left + 1});
      waiting.push_back({task.begin, middle, task.depth + 1, left});
    }
  }

  void append(Nodes& to) const {
    to.nodes.emplace_back();
    to.values.resize(to.nodes.size() * cells_.outputs());
  }

  /// Puts a subtree in the place of a node.
  void graft(const Nodes& subtree, std::size_t place, Nodes& to) const {
    const std::size_t base = to.nodes.size() - 1;  // node i > 0 goes to base + i
    for (std::size_t i = 0; i < subtree.nodes.size(); ++i) {
      Node node = subtree.nodes[i];
      if (node.feature >= 0) {
        node.left += static_cast<std::int64_t>(base);
        node.right += static_cast<std::int64_t>(base);
      }
      if (i > 0) append(to);
      const std::size_t target = i > 0 ? base + i : place;
      to.nodes[target] = node;
      std::copy_n(subtree.values.begin() + static_cast<std::ptrdiff_t>(i * cells_.outputs()),
                  cells_.outputs(),
                  to.values.begin() + static_cast<std::ptrdiff_t>(target * cells_.outputs()));
    }
  }

  using Cell = typename Cells::Cell;

  Split make_node(const Pending& task, Nodes& to) const {
    const std::size_t count = task.end - task.begin;
    std::vector<Cell> total(cells_.width());
    for (std::size_t i = task.begin; i < task.end; ++i) cells_.add(total.data(), rows_[i]);
    Node& node = to.nodes[task.place];
    node.samples = static_cast<std::int64_t>(count);
    node.mass = cells_.mass(total.data());
    node.impurity = cells_.impurity(total.data(), node.mass);
    std::vector<double> value;
    cells_.write_value(total.data(), node.mass, value);
    std::copy(value.begin(), value.end(),
              to.values.begin() + static_cast<std::ptrdiff_t>(task.place * cells_.outputs()));
    const bool deep = options_.max_depth > 0 && task.depth >= options_.max_depth;
    const auto smallest = static_cast<std::size_t>(
        std::max(options_.min_samples_split, 2 * options_.min_samples_leaf));
    if (deep || count < smallest || cells_.is_pure(total.data())) return {};
    Split split = best_split(task, total);
    const double decrease =
        (split.goodness - cells_.goodness(total.data(), node.mass)) / whole_mass_;
    // Rounding may make a split that changes nothing look a little worse than nothing.
    if (decrease + 1e-12 * std::abs(split.goodness) < options_.min_impurity_decrease) {
      split.found = false;
    }
    return split;
  }

  Split best_split(const Pending& task, const std::vector<Cell>& total) const {
    const std::size_t count = task.end - task.begin;
    std::vector<Split> splits(data_.features);
    const auto look = [&](std::int64_t begin, std::int64_t end) {
      Search search(*this, task, total);
      for (std::int64_t f = begin; f < end; ++f) {
        const auto feature = static_cast<std::size_t>(f);
        splits[feature] =
            count < kSortedNode ? search.by_sorting(feature) : search.by_counting(feature);
      }
    };
    const auto features = static_cast<std::int64_t>(data_.features);
    parallel_for(features, count >= kParallelNode ? 1 : features, look);
    Split best;
    for (const Split& split : splits) {
      if (split.found && split.goodness > best.goodness) best = split;
    }
    return best;
  }

  /// The best split of a node by one feature or another.
  class Search {
   public:
    Search(const Growth& growth, const Pending& task, const std::vector<Cell>& total)
        : growth_(growth), task_(task), total_(total), sides_(growth.cells_) {}

    /// Counts what is in each bin.
    Split by_counting(std::size_t feature) {
      const std::uint8_t* bins = growth_.data_.of_feature(feature);
      const std::size_t width = growth_.cells_.width();
      const std::size_t last = growth_.data_.edges[feature].size();
      cells_.assign((last + 1) * width, Cell{0});
      std::uint32_t filled[256] = {};
      for (std::size_t i = task_.begin; i < task_.end; ++i) {
        const Row row = growth_.rows_[i];
        growth_.cells_.add(cells_.data() + bins[row] * width, row);
        ++filled[bins[row]];
      }
      start(feature);
      for (std::size_t bin = 0; bin < last; ++bin) {
        if (filled[bin] == 0) continue;
        sides_.move(cells_.data() + bin * width, filled[bin]);
        consider(bin);
      }
      return best_;
    }

    /// Puts the few examples in order.
    Split by_sorting(std::size_t feature) {
      const std::uint8_t* bins = growth_.data_.of_feature(feature);
      std::uint64_t sorted[kSortedNode];
      std::size_t count = 0;
      for (std::size_t i = task_.begin; i < task_.end; ++i) {
        const Row row = growth_.rows_[i];
        sorted[count++] = (std::uint64_t{bins[row]} << 32) | row;
      }
      const auto bin_of = [&](std::size_t i) { return sorted[i] >> 32; };
      start(feature);
      if (std::all_of(sorted, sorted + count,
                      [&](std::uint64_t key) { return key >> 32 == bin_of(0); })) {
        return best_;
      }
      std::sort(sorted, sorted + count);
      for (std::size_t i = 0; i + 1 < count; ++i) {
        sides_.move(static_cast<Row>(sorted[i]));
        if (bin_of(i) != bin_of(i + 1)) consider(static_cast<std::size_t>(bin_of(i)));
      }
      return best_;
    }

   private:
    void start(std::size_t feature) {
      best_ = {};
      best_.feature = feature;
      sides_.start(total_.data(), static_cast<double>(task_.end - task_.begin));
    }
    void consider(std::size_t bin) {
      const auto fewest = static_cast<double>(growth_.options_.min_samples_leaf);
      if (sides_.on_left < fewest || sides_.on_right < fewest) return;
      const double goodness = sides_.goodness();
      if (goodness > best_.goodness) {
        best_.goodness = goodness;
        best_.bin = bin;
        best_.found = true;
      }
    }

    const Growth& growth_;
    const Pending& task_;
    const std::vector<Cell>& total_;
    typename Cells::Sides sides_;
    std::vector<Cell> cells_;
    Split best_;
  };

  /// Moves the examples of the left child before those of the right, each in their order.
  std::size_t partition(const Pending& task, const Split& split) {
    const std::uint8_t* bins = data_.of_feature(split.feature);
    std::vector<Row> right;
    std::size_t middle = task.begin;
    for (std::size_t i = task.begin; i < task.end; ++i) {
      if (bins[rows_[i]] <= split.bin) {
        rows_[middle++] = rows_[i];
      } else {
        right.push_back(rows_[i]);
      }
    }
    std::copy(right.begin(), right.end(), rows_.begin() + static_cast<std::ptrdiff_t>(middle));
    return middle;
  }

  const BinnedExamples& data_;
  const Cells& cells_;
  const DecisionTreeOptions& options_;
  const double whole_mass_;
  std::vector<Row> rows_;
};

Tree as_tensors(const Nodes& grown, std::size_t outputs) {
  const auto column = [&]<class T>(T Node::*member) {
    std::vector<T> values;
    for (const Node& node : grown.nodes) values.push_back(node.*member);
    return Tensor::from(values);
  };
  const auto count = static_cast<std::int64_t>(grown.nodes.size());
  return {column(&Node::feature),
          column(&Node::threshold),
          column(&Node::left),
          column(&Node::right),
          column(&Node::samples),
          column(&Node::mass),
          column(&Node::impurity),
          Tensor::from(grown.values, Shape{count, static_cast<std::int64_t>(outputs)})};
}

void check_options(const char* kind, const DecisionTreeOptions& options, const Tensor& x) {
  const auto require = [&](bool fine, const char* what, std::int64_t value) {
    if (fine) return;
    throw Error(ErrorCode::invalid_argument, kind, fmt::format("{}, not {}", what, value));
  };
  require(options.max_depth >= 0, "max_depth must be 0 (any) or more", options.max_depth);
  require(options.min_samples_split >= 2, "min_samples_split must be 2 or more",
          options.min_samples_split);
  require(options.min_samples_leaf >= 1 && options.min_samples_leaf < std::int64_t{1} << 40,
          "min_samples_leaf must be 1 or more", options.min_samples_leaf);
  require(options.bins >= 2 && options.bins <= 256, "bins must be 2 to 256", options.bins);
  require(x.dim(0) < std::int64_t{1} << 32, "there must be fewer than 2^32 examples", x.dim(0));
}

/// The examples whose weight is not 0.
std::vector<std::int64_t> weighing(const Tensor& weights) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < weights.size(); ++i) {
    if (weights.data<double>()[static_cast<std::size_t>(i)] > 0) rows.push_back(i);
  }
  return rows;
}

template <class Cells>
Tree grow(const Tensor& x, const Cells& cells, const DecisionTreeOptions& options) {
  const BinnedExamples data = bin_examples(x, options.bins);
  return as_tensors(Growth<Cells>(data, cells, options).grow(), cells.outputs());
}

}  // namespace

Tree grow_classifier(const char* kind, const Tensor& x, const Tensor& codes, std::int64_t classes,
                     const Tensor& weights, const DecisionTreeOptions& options) {
  check_options(kind, options, x);
  const auto labels = codes.data<std::int64_t>();
  if (!weights.defined()) return grow(x, ClassCounts(labels, classes, options.criterion), options);
  const std::vector<std::int64_t> rows = weighing(weights);
  const Tensor known = rows_of(codes, rows), masses = rows_of(weights, rows);
  return grow(
      rows_of(x, rows),
      ClassMasses(known.data<std::int64_t>(), classes, options.criterion, masses.data<double>()),
      options);
}

Tree grow_regressor(const char* kind, const Tensor& x, const Tensor& targets, const Tensor& weights,
                    const DecisionTreeOptions& options) {
  check_options(kind, options, x);
  if (!weights.defined()) return grow(x, NumberCells(targets.data<double>(), {}), options);
  const std::vector<std::int64_t> rows = weighing(weights);
  const Tensor known = rows_of(targets, rows), masses = rows_of(weights, rows);
  return grow(rows_of(x, rows), NumberCells(known.data<double>(), masses.data<double>()), options);
}

}  // namespace gradus::learn
