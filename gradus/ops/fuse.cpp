#include "gradus/ops/fuse.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "gradus/core/identity.h"
#include "gradus/core/node.h"
#include "gradus/ops/fused.h"
#include "gradus/ops/reduce_axes.h"

// Nodes are gathered into groups in topological order. Every node has a level: an edge inside a
// group keeps the level, every other edge raises it. A path that leaves a group therefore never
// comes back to it, groups depend on each other without cycles, and ordered by level they can be
// built one after the other.

namespace gradus {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

/// One output of a node.
struct Value {
  Node* node;
  std::uint32_t output;
  friend bool operator==(const Value&, const Value&) = default;
};

Tensor handle_of(Value value) {
  value.node->retain();
  return Tensor(value.node, value.output);
}

/// True if a reduction is over the last axes.
bool reduces_last_axes(const Node& node) {
  const Dims& axes = node.attributes().as<ReduceAttributes>().axes;
  const int rank = node.inputs()[0].rank();
  return !axes.empty() && axes.back() == rank - 1 &&
         axes.back() - axes.front() + 1 == static_cast<std::int64_t>(axes.size());
}

/// What runs as one operation.
struct Group {
  std::uint32_t level = 0;
  std::vector<std::uint32_t> members;  ///< elementwise, or a single node of any kind
  std::vector<Value> inputs;           ///< computed elsewhere
  std::uint32_t reduction = kNone;

  bool is_fused() const { return members.size() + (reduction != kNone) > 1; }
};

/// The unevaluated nodes behind some tensors, inputs first, in groups.
class Grouping {
 public:
  explicit Grouping(std::span<const Tensor> outputs) {
    for (const Tensor& output : outputs) collect(output.node());
    group_of_.assign(order_.size(), kNone);
    for (std::uint32_t i = 0; i < order_.size(); ++i) {
      if (!is_transparent(*order_[i])) place(i);
    }
  }
  ~Grouping() {
    for (Node* node : order_) node->scratch = 0;
  }
  Grouping(const Grouping&) = delete;
  Grouping& operator=(const Grouping&) = delete;

  Node* node(std::uint32_t i) const { return order_[i]; }
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(order_.size()); }
  const Group& group(std::uint32_t g) const { return groups_[g]; }
  std::uint32_t group_of(std::uint32_t i) const { return group_of_[i]; }
  /// The number of a node that the walk met; kNone of another.
  static std::uint32_t number_of(const Node& node) {
    return node.scratch == 0 ? kNone : node.scratch - 1;
  }

  /// What a tensor is without identities.
  static Value source_of(const Tensor& tensor) {
    const Tensor* at = &tensor;
    while (number_of(*at->node()) != kNone && is_transparent(*at->node())) {
      at = &at->node()->inputs()[0];
    }
    return {at->node(), at->output_index()};
  }

  /// Groups that are not merged into others, each behind those it depends on.
  std::vector<std::uint32_t> in_order() const {
    std::vector<std::uint32_t> order;
    for (std::uint32_t g = 0; g < groups_.size(); ++g) {
      if (!groups_[g].members.empty()) order.push_back(g);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return groups_[a].level < groups_[b].level;
    });
    return order;
  }

 private:
  struct Frame {
    Node* node;
    std::size_t next_input;
  };

  /// An identity that nobody will ask a derivative of.
  static bool is_transparent(const Node& node) {
    return node.op() == &kIdentity && !is_variable(node);
  }

  /// A derivative may be asked with respect to an open transform's variable: what is behind it
  /// stays as it is.
  static bool is_given(const Node& node) { return node.evaluated() || is_variable(node); }

  void collect(Node* root) {
    if (root->scratch != 0 || is_given(*root)) return;
    constexpr std::uint32_t kWaiting = ~std::uint32_t{0};
    std::vector<Frame> stack{{root, 0}};
    root->scratch = kWaiting;
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.next_input == frame.node->inputs().size()) {
        order_.push_back(frame.node);
        frame.node->scratch = static_cast<std::uint32_t>(order_.size());
        stack.pop_back();
        continue;
      }
      Node* input = frame.node->inputs()[frame.next_input++].node();
      if (input->scratch != 0 || is_given(*input)) continue;
      input->scratch = kWaiting;
      stack.push_back({input, 0});
    }
  }

  /// The group that computes a value; kNone if it is given.
  std::uint32_t group_of(const Value& value) const {
    const std::uint32_t number = number_of(*value.node);
    return number == kNone ? kNone : group_of_[number];
  }

  /// True if `node` can run in one loop with what computes `value`.
  static bool can_follow(const Node& node, const Value& value) {
    const OpDef* before = value.node->op();
    if (!before || !before->elementwise) return false;
    if (node.op()->fold) return reduces_last_axes(node);
    return node.op()->elementwise && node.output(0).shape == value.node->output(0).shape;
  }

  /// Puts node i into the group of what it follows, or into one of its own.
  void place(std::uint32_t i) {
    const Node& node = *order_[i];
    std::uint32_t level = 0;         // in a group with what it follows
    std::uint32_t lowest_alone = 0;  // in a group of its own
    for (const Tensor& input : node.inputs()) {
      const Value value = source_of(input);
      const std::uint32_t g = group_of(value);
      if (g == kNone) continue;
      level = std::max(level, groups_[g].level + !can_follow(node, value));
      lowest_alone = std::max(lowest_alone, groups_[g].level + 1);
    }
    std::vector<std::uint32_t> followed;
    for (const Tensor& input : node.inputs()) {
      const Value value = source_of(input);
      const std::uint32_t g = group_of(value);
      if (g == kNone || !can_follow(node, value) || groups_[g].level != level) continue;
      if (std::find(followed.begin(), followed.end(), g) == followed.end()) followed.push_back(g);
    }
    if (!followed.empty() && join(i, followed)) return;
    Group alone{.level = followed.empty() ? level : lowest_alone, .members = {i}, .inputs = {}};
    for (const Tensor& input : node.inputs()) add_input(alone, source_of(input));
    group_of_[i] = static_cast<std::uint32_t>(groups_.size());
    groups_.push_back(std::move(alone));
  }

  static void add_input(Group& group, const Value& value) {
    if (std::find(group.inputs.begin(), group.inputs.end(), value) == group.inputs.end()) {
      group.inputs.push_back(value);
    }
  }

  /// Merges the followed groups and node i into one, unless a program would be too large.
  bool join(std::uint32_t i, const std::vector<std::uint32_t>& followed) {
    const bool reduces = order_[i]->op()->fold != nullptr;
    Group merged = groups_[followed[0]];
    for (std::size_t k = 1; k < followed.size(); ++k) {
      const Group& other = groups_[followed[k]];
      if (merged.reduction != kNone && other.reduction != kNone) return false;
      if (merged.reduction == kNone) merged.reduction = other.reduction;
      merged.members.insert(merged.members.end(), other.members.begin(), other.members.end());
      for (const Value& value : other.inputs) add_input(merged, value);
    }
    if (reduces) {
      if (merged.reduction != kNone) return false;
      merged.reduction = i;
    } else {
      merged.members.push_back(i);
      for (const Tensor& input : order_[i]->inputs()) {
        const Value value = source_of(input);
        const std::uint32_t g = group_of(value);
        if (std::find(followed.begin(), followed.end(), g) == followed.end()) {
          add_input(merged, value);
        }
      }
    }
    if (merged.members.size() > FusedProgram::kMaxInstructions ||
        merged.inputs.size() > FusedProgram::kMaxInputs) {
      return false;
    }
    for (const std::uint32_t member : merged.members) group_of_[member] = followed[0];
    if (merged.reduction != kNone) group_of_[merged.reduction] = followed[0];
    for (std::size_t k = 1; k < followed.size(); ++k) groups_[followed[k]] = {};
    groups_[followed[0]] = std::move(merged);
    return true;
  }

  std::vector<Node*> order_;
  std::vector<Group> groups_;
  std::vector<std::uint32_t> group_of_;
};

/// Builds the new graph group by group.
class Rebuilding {
 public:
  Rebuilding(const Grouping& grouping, std::span<const Tensor> outputs)
      : grouping_(grouping),
        results_(grouping.node_count()),
        used_outside_(grouping.node_count(), false) {
    for (std::uint32_t i = 0; i < grouping.node_count(); ++i) {
      if (grouping.group_of(i) == kNone) continue;
      for (const Tensor& input : grouping.node(i)->inputs()) {
        mark(Grouping::source_of(input), grouping.group_of(i));
      }
    }
    for (const Tensor& output : outputs) mark(Grouping::source_of(output), kNone);
  }

  Tensors run(std::span<const Tensor> outputs) {
    for (const std::uint32_t g : grouping_.in_order()) {
      const Group& group = grouping_.group(g);
      if (group.is_fused()) {
        build_fused(group);
      } else {
        rebuild(group.members[0]);
      }
    }
    Tensors rebuilt;
    for (const Tensor& output : outputs) rebuilt.push_back(rebuilt_output(output));
    return rebuilt;
  }

 private:
  /// Notes that `group` (kNone: the caller) needs a value.
  void mark(const Value& value, std::uint32_t group) {
    const std::uint32_t number = Grouping::number_of(*value.node);
    if (number != kNone && grouping_.group_of(number) != group) used_outside_[number] = true;
  }

  /// The tensor that has a value in the new graph.
  Tensor tensor_of(const Value& value) const {
    const std::uint32_t number = Grouping::number_of(*value.node);
    return number == kNone ? handle_of(value) : results_[number][value.output];
  }

  Tensor rebuilt_output(const Tensor& output) const {
    const Value source = Grouping::source_of(output);
    const Tensor result = tensor_of(source);
    const bool is_identity = output.node() != source.node;
    const bool is_same = result.node() == source.node;
    if (!is_identity) return result;
    return is_same ? output : apply(kIdentity, {result});
  }

  /// A node that stays what it is, over new inputs if these changed.
  void rebuild(std::uint32_t i) {
    const Node& node = *grouping_.node(i);
    Inputs inputs;
    bool changed = false;
    for (const Tensor& input : node.inputs()) {
      inputs.push_back(tensor_of(Grouping::source_of(input)));
      changed = changed || inputs.back().node() != Grouping::source_of(input).node;
    }
    if (changed) {
      const PhaseScope phase(node.phase());
      results_[i] = apply_all(*node.op(), std::move(inputs), node.attributes());
      return;
    }
    for (std::uint32_t k = 0; k < node.outputs().size(); ++k) {
      results_[i].push_back(handle_of({grouping_.node(i), k}));
    }
  }

  void build_fused(const Group& group) {
    std::vector<std::uint32_t> members = group.members;
    std::sort(members.begin(), members.end());  // as they depend on each other
    std::vector<DType> inputs;
    Inputs tensors;
    for (const Value& value : group.inputs) {
      inputs.push_back(value.node->output(value.output).dtype);
      tensors.push_back(tensor_of(value));
    }
    const auto place_of = [&](const Tensor& tensor) {
      const Value value = Grouping::source_of(tensor);
      const auto input = std::find(group.inputs.begin(), group.inputs.end(), value);
      if (input != group.inputs.end()) {
        return static_cast<FusedValue>(input - group.inputs.begin());
      }
      const std::uint32_t number = Grouping::number_of(*value.node);
      const auto member = std::lower_bound(members.begin(), members.end(), number);
      return static_cast<FusedValue>(group.inputs.size() +
                                     static_cast<std::size_t>(member - members.begin()));
    };
    std::vector<FusedInstruction> instructions;
    std::vector<FusedValue> outputs;
    std::vector<std::uint32_t> producers;
    for (const std::uint32_t member : members) {
      const Node& node = *grouping_.node(member);
      FusedInstruction instruction{node.op(), node.attributes(), {}, node.output(0).dtype};
      for (const Tensor& input : node.inputs()) instruction.operands.push_back(place_of(input));
      instructions.push_back(std::move(instruction));
      if (!used_outside_[member]) continue;
      outputs.push_back(static_cast<FusedValue>(inputs.size() + instructions.size() - 1));
      producers.push_back(member);
    }
    FusedReduction reduction;
    if (group.reduction != kNone) {
      const Node& node = *grouping_.node(group.reduction);
      reduction = {node.op(), node.attributes(), place_of(node.inputs()[0]), node.output(0).dtype};
      producers.push_back(group.reduction);
    }
    const PhaseScope phase(grouping_.node(members.back())->phase());
    const auto results = apply_all(kFused, std::move(tensors),
                                   FusedProgram(std::move(inputs), std::move(instructions),
                                                std::move(outputs), std::move(reduction)));
    for (std::size_t k = 0; k < producers.size(); ++k) results_[producers[k]] = {results[k]};
  }

  const Grouping& grouping_;
  std::vector<SmallVector<Tensor, 3>> results_;
  std::vector<bool> used_outside_;
};

}  // namespace

Tensors fuse(std::span<const Tensor> outputs) {
  const Grouping grouping(outputs);
  return Rebuilding(grouping, outputs).run(outputs);
}

}  // namespace gradus
