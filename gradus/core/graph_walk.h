// Internal: walks over graphs that are not evaluated.
#pragma once

#include <span>
#include <vector>

#include "gradus/core/node.h"

namespace gradus {

/// The unevaluated nodes behind `outputs`, each once, inputs before what is made of them. Without
/// recursion.
std::vector<Node*> topological_order(std::span<const Tensor> outputs);

/// While it lives, nodes have numbers: Node::scratch is the number plus 1. One at a time.
class NodeNumbers {
 public:
  explicit NodeNumbers(std::span<Node* const> nodes);
  ~NodeNumbers();
  NodeNumbers(const NodeNumbers&) = delete;
  NodeNumbers& operator=(const NodeNumbers&) = delete;

  static bool has(const Node& node) { return node.scratch != 0; }
  static std::size_t of(const Node& node) { return node.scratch - 1; }

 private:
  std::span<Node* const> nodes_;
};

}  // namespace gradus
