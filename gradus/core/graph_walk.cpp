#include "gradus/core/graph_walk.h"

namespace gradus {
namespace {

struct Frame {
  Node* node;
  std::size_t next_input;
};

constexpr std::uint32_t kMet = 1;

}  // namespace

std::vector<Node*> topological_order(std::span<const Tensor> outputs) {
  std::vector<Node*> order;
  std::vector<Frame> stack;
  const auto meet = [&](Node* node) {
    if (node->evaluated() || node->scratch == kMet) return;
    node->scratch = kMet;
    stack.push_back({node, 0});
  };
  for (const Tensor& output : outputs) {
    meet(output.node());
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.next_input == frame.node->inputs().size()) {
        order.push_back(frame.node);
        stack.pop_back();
      } else {
        meet(frame.node->inputs()[frame.next_input++].node());
      }
    }
  }
  for (Node* node : order) node->scratch = 0;
  return order;
}

NodeNumbers::NodeNumbers(std::span<Node* const> nodes) : nodes_(nodes) {
  std::uint32_t number = 0;
  for (Node* node : nodes_) node->scratch = ++number;
}

NodeNumbers::~NodeNumbers() {
  for (Node* node : nodes_) node->scratch = 0;
}

}  // namespace gradus
