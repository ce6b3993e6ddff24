#include "gradus/core/schedule.h"

#include <algorithm>

#include "gradus/core/graph_walk.h"
#include "gradus/core/placeholder.h"

namespace gradus {
namespace {

std::int64_t bytes_of(const Array& array) {
  return array.shape.size() * static_cast<std::int64_t>(size_of(array.dtype));
}

std::int64_t bytes_of(const Node& node) {
  std::int64_t bytes = 0;
  for (const Array& output : node.outputs()) bytes += bytes_of(output);
  return bytes;
}

/// Puts the nodes of a topological order into a better one.
class Scheduling {
 public:
  /// `kept` are outputs of the graph: they are never freed. The first `results` nodes of the order
  /// run before the others.
  Scheduling(std::vector<Node*> order, std::span<const Tensor> kept, std::size_t results)
      : order_(std::move(order)), numbers_(order_), results_(results) {
    entries_.resize(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) {
      for (std::size_t input : inputs_of(i)) {
        ++entries_[i].missing;
        ++entries_[input].uses;
        entries_[input].users.push_back(i);
      }
    }
    for (const Tensor& tensor : kept) {
      if (NodeNumbers::has(*tensor.node())) ++entries_[NodeNumbers::of(*tensor.node())].uses;
    }
  }

  std::vector<Node*> run() {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      end_ = i < results_ ? results_ : order_.size();
      if (!entries_[i].done) emit(i);
    }
    return std::move(result_);
  }

 private:
  struct Entry {
    std::size_t missing = 0;         // inputs that are not computed
    std::size_t uses = 0;            // users that are not computed, and 1 if it is an output
    std::vector<std::size_t> users;  // nodes
    bool done = false;
  };

  /// The nodes that node i needs, each once.
  SmallVector<std::size_t, 4> inputs_of(std::size_t i) const {
    SmallVector<std::size_t, 4> inputs;
    for (const Tensor& tensor : order_[i]->inputs()) {
      if (!NodeNumbers::has(*tensor.node())) continue;
      const std::size_t input = NodeNumbers::of(*tensor.node());
      if (std::find(inputs.begin(), inputs.end(), input) == inputs.end()) inputs.push_back(input);
    }
    return inputs;
  }

  /// Runs node i, and then whatever has become possible and frees what it takes.
  void emit(std::size_t i) {
    std::vector<std::size_t> waiting{i};
    while (!waiting.empty()) {
      const std::size_t next = waiting.back();
      waiting.pop_back();
      Entry& entry = entries_[next];
      if (entry.done) continue;
      entry.done = true;
      result_.push_back(order_[next]);
      for (const std::size_t input : inputs_of(next)) {
        if (--entries_[input].uses == 1) add_free_users(input, waiting);
      }
      for (const std::size_t user : entry.users) --entries_[user].missing;
      add_free_users(next, waiting);
    }
  }

  /// The first user comes out of the list first.
  void add_free_users(std::size_t i, std::vector<std::size_t>& waiting) const {
    const std::vector<std::size_t>& users = entries_[i].users;
    for (std::size_t k = users.size(); k-- > 0;) {
      if (!entries_[users[k]].done && is_free_of_charge(users[k])) waiting.push_back(users[k]);
    }
  }

  bool is_free_of_charge(std::size_t i) const {
    if (i >= end_ || entries_[i].missing > 0) return false;
    std::int64_t freed = 0;
    for (const std::size_t input : inputs_of(i)) {
      if (entries_[input].uses == 1) freed += bytes_of(*order_[input]);
    }
    return bytes_of(*order_[i]) <= freed;
  }

  std::vector<Node*> order_;
  NodeNumbers numbers_;
  std::size_t results_;
  std::size_t end_ = 0;  // of the nodes that may run now
  std::vector<Entry> entries_;
  std::vector<Node*> result_;
};

}  // namespace

Schedule schedule(const TracedGraph& graph) {
  const auto is_placeholder = [](const Node* node) { return node->op() == &kPlaceholder; };
  const std::vector<Node*> for_results = topological_order(graph.results);
  Tensors outputs = graph.results;
  outputs.insert(outputs.end(), graph.updates.begin(), graph.updates.end());
  std::vector<Node*> order = topological_order(outputs);
  // Inputs belong to the caller: nothing frees them.
  outputs.insert(outputs.end(), graph.inputs.begin(), graph.inputs.end());
  order = Scheduling(std::move(order), outputs, for_results.size()).run();
  std::erase_if(order, is_placeholder);
  const auto results = std::count_if(for_results.begin(), for_results.end(),
                                     [&](const Node* node) { return !is_placeholder(node); });
  return {std::move(order), static_cast<std::size_t>(results)};
}

}  // namespace gradus
