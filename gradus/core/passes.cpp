#include "gradus/core/passes.h"

#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gradus/core/graph_walk.h"
#include "gradus/core/placeholder.h"

namespace gradus {
namespace {

// Larger constants are compared by identity alone.
constexpr std::int64_t kSmallConstant = 64;

std::size_t mixed(std::size_t hash, std::size_t value) {
  return hash ^ (value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2));
}

std::size_t hash_of_pointer(const void* pointer) { return std::hash<const void*>{}(pointer); }

/// Finds the first of equal nodes, and keeps a handle to each so that none is freed.
class Representatives {
 public:
  /// `tensor`, or what takes its place.
  Tensor of(const Tensor& tensor) {
    Node* node = tensor.node();
    const auto known = replacements_.find(node);
    if (known != replacements_.end()) return output(known->second, tensor.output_index());
    if (!node->evaluated()) return tensor;
    return is_small(*node) ? constant(tensor) : tensor;
  }

  /// Finds or makes the representative of `node`, whose inputs have theirs.
  void add(Node* node) {
    Inputs inputs;
    bool changed = false;
    for (const Tensor& input : node->inputs()) {
      inputs.push_back(of(input));
      changed = changed || !inputs.back().is(input);
    }
    const std::size_t hash = hash_of(*node, inputs);
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto at = first; at != last; ++at) {
      if (is_equal(*at->second.node(), *node, inputs)) {
        replacements_.emplace(node, at->second);
        return;
      }
    }
    node->retain();
    const Tensor self(node, 0);
    const Tensor kept = changed ? rebuilt(*node, std::move(inputs)) : self;
    if (changed) replacements_.emplace(node, kept);
    by_hash_.emplace(hash, kept);
  }

 private:
  static bool is_small(const Node& node) {
    const Array& array = node.output(0);
    return node.outputs().size() == 1 && array.is_row_major() &&
           array.shape.size() * static_cast<std::int64_t>(size_of(array.dtype)) <= kSmallConstant;
  }

  static std::string_view bytes_of(const Array& array) {
    return {reinterpret_cast<const char*>(array.bytes()),
            static_cast<std::size_t>(array.shape.size()) * size_of(array.dtype)};
  }

  static Tensor output(const Tensor& first, std::uint32_t index) {
    first.node()->retain();
    return Tensor(first.node(), index);
  }

  Tensor constant(const Tensor& tensor) {
    const Array& array = tensor.node()->output(0);
    const std::size_t hash = std::hash<std::string_view>{}(bytes_of(array));
    const auto [first, last] = constants_.equal_range(hash);
    for (auto at = first; at != last; ++at) {
      const Array& other = at->second.node()->output(0);
      if (other.dtype == array.dtype && other.shape == array.shape &&
          bytes_of(other) == bytes_of(array)) {
        return at->second;
      }
    }
    constants_.emplace(hash, tensor);
    return tensor;
  }

  static std::size_t hash_of(const Node& node, const Inputs& inputs) {
    std::size_t hash = mixed(hash_of_pointer(node.op()), node.attributes().hash());
    for (const Tensor& input : inputs) {
      hash = mixed(mixed(hash, hash_of_pointer(input.node())), input.output_index());
    }
    return hash;
  }

  static bool is_equal(const Node& known, const Node& node, const Inputs& inputs) {
    if (known.op() != node.op() || known.inputs().size() != inputs.size()) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!known.inputs()[i].is(inputs[i])) return false;
    }
    return known.attributes() == node.attributes();
  }

  std::unordered_map<const Node*, Tensor> replacements_;
  std::unordered_multimap<std::size_t, Tensor> by_hash_;
  std::unordered_multimap<std::size_t, Tensor> constants_;
};

}  // namespace

Tensors merge_equal(std::span<const Tensor> outputs) {
  Representatives representatives;
  for (Node* node : topological_order(outputs)) {
    if (node->op() != &kPlaceholder) representatives.add(node);
  }
  Tensors merged;
  for (const Tensor& output : outputs) merged.push_back(representatives.of(output));
  return merged;
}

Tensors fold_constants(std::span<const Tensor> outputs) {
  const std::vector<Node*> order = topological_order(outputs);
  std::vector<bool> varies(order.size());
  Tensors constants;
  {
    const NodeNumbers numbers(order);
    const auto input_varies = [&](const Tensor& input) {
      return NodeNumbers::has(*input.node()) && varies[NodeNumbers::of(*input.node())];
    };
    const auto add_constant = [&](const Tensor& tensor) {
      if (!tensor.is_evaluated() && !input_varies(tensor)) constants.push_back(tensor);
    };
    for (std::size_t i = 0; i < order.size(); ++i) {
      bool varying = order[i]->op() == &kPlaceholder;
      for (const Tensor& input : order[i]->inputs()) varying = varying || input_varies(input);
      varies[i] = varying;
      if (!varying) continue;
      for (const Tensor& input : order[i]->inputs()) add_constant(input);
    }
    for (const Tensor& output : outputs) add_constant(output);
  }
  eval(constants);
  return Tensors(outputs.begin(), outputs.end());
}

}  // namespace gradus
