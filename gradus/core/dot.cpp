#include <unordered_map>

#include <fmt/format.h>

#include "gradus/core/node.h"

namespace gradus {
namespace {

std::string label_of(const Node& node) {
  std::string label = node.op() ? node.op()->name : "tensor";
  const std::string attributes = node.attributes().to_string();
  if (!attributes.empty()) label += fmt::format("\\n{}", attributes);
  for (const Array& output : node.outputs()) {
    label += fmt::format("\\n{}{}", name_of(output.dtype), output.shape.to_string());
  }
  return label;
}

}  // namespace

std::string to_dot(std::span<const Tensor> tensors) {
  std::string out =
      "digraph gradus {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  std::unordered_map<const Node*, std::size_t> numbers;
  std::vector<const Node*> waiting;
  const auto number_of = [&](const Node* node) {
    const auto [entry, is_new] = numbers.try_emplace(node, numbers.size());
    if (is_new) waiting.push_back(node);
    return entry->second;
  };
  for (const Tensor& tensor : tensors) {
    if (tensor.defined()) number_of(tensor.node());
  }
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    const std::size_t target = number_of(node);
    out += fmt::format("  n{} [label=\"{}\"{}];\n", target, label_of(*node),
                       node->evaluated() ? ", style=filled, fillcolor=lightgrey" : "");
    for (const Tensor& input : node->inputs()) {
      const std::size_t source = number_of(input.node());
      out += fmt::format("  n{} -> n{};\n", source, target);
    }
  }
  return out + "}\n";
}

}  // namespace gradus
