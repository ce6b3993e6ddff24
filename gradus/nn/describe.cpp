#include "gradus/nn/describe.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/core/node.h"
#include "gradus/nn/sequential.h"
#include "gradus/ops/creation.h"

namespace gradus::nn {
namespace {

class OptionPrinter final : public OptionVisitor {
 public:
  using OptionVisitor::operator();
  void operator()(const char* name, std::int64_t& value) override { add(name, "{}", value); }
  void operator()(const char* name, float& value) override { add(name, "{}", value); }
  void operator()(const char* name, bool& value) override { add(name, "{}", value); }
  void operator()(const char* name, Dims& value) override {
    add(name, "[{}]", fmt::join(value, ", "));
  }
  std::string text;

 private:
  void choice(const char* name, int& value, std::span<const char* const> names) override {
    add(name, "{}", names[static_cast<std::size_t>(value)]);
  }
  template <class T>
  void add(const char* name, const char* pattern, const T& value) {
    text += text.empty() ? "" : ", ";
    text += name;
    text += '=';
    text += fmt::format(fmt::runtime(pattern), value);
  }
};

std::int64_t multiply_adds_of(Node& node) {
  if (!node.op() || !node.op()->multiply_adds) return 0;
  SmallVector<const Array*, 4> inputs;
  for (const Tensor& input : node.inputs()) {
    inputs.push_back(&input.node()->output(input.output_index()));
  }
  const SmallVector<bool, 4> donatable(inputs.size(), false);
  return node.op()->multiply_adds(KernelContext(*node.op(), node.attributes(),
                                                {inputs.data(), inputs.size()}, node.outputs(),
                                                {donatable.data(), donatable.size()}));
}

Shape with_batch(const Shape& example) {
  Dims dims{1};
  dims.append(example.begin(), example.end());
  return Shape(std::move(dims));
}

Shape without_batch(const Shape& shape) {
  return shape.rank() == 0 ? shape : Shape(Dims(shape.begin() + 1, shape.end()));
}

class Describer {
 public:
  explicit Describer(const TraceScope& scope) : scope_(scope) {}

  /// Adds the rows of `layer`; returns its output for `x`, a fresh variable.
  Tensor add(Layer& layer, const std::string& path, const Tensor& x) {
    if (auto* sequential = dynamic_cast<Sequential*>(&layer)) return add_all(*sequential, path, x);
    Context evaluation;
    Tensor output = path.empty() ? layer.forward(x, evaluation)
                                 : in_module(path, [&] { return layer.forward(x, evaluation); });
    rows_.push_back({path, layer.kind(), options_of(layer), without_batch(output.shape()),
                     new_parameters(layer), multiply_adds(output, x)});
    return output;
  }
  std::vector<LayerRow> take_rows() { return std::move(rows_); }

 private:
  Tensor add_all(Sequential& sequential, const std::string& path, const Tensor& x) {
    Tensor value = x;
    for (std::size_t i = 0; i < sequential.size(); ++i) {
      const std::string place = fmt::format("{}{}layers.{}", path, path.empty() ? "" : ".", i);
      value = scope_.watch(add(sequential[i], place, value));
    }
    return value;
  }
  std::int64_t new_parameters(Layer& layer) {
    std::int64_t count = 0;
    for (const Member& parameter : parameters(layer)) {
      if (counted_.insert(parameter.tensor).second) count += parameter.tensor->size();
    }
    return count;
  }

  const TraceScope& scope_;
  std::vector<LayerRow> rows_;
  std::unordered_set<const Tensor*> counted_;
};

}  // namespace

std::vector<LayerRow> describe(Layer& model, const Shape& input, DType dtype) {
  const TraceScope scope;
  Describer describer(scope);
  describer.add(model, "", scope.watch(zeros(with_batch(input), dtype)));
  return describer.take_rows();
}

std::int64_t multiply_adds(const Tensor& output, const Tensor& input) {
  const std::uint64_t oldest = input.node()->trace();
  std::unordered_set<const Node*> met;
  std::vector<Node*> waiting{output.node()};
  std::int64_t count = 0;
  while (!waiting.empty()) {
    Node* node = waiting.back();
    waiting.pop_back();
    if (node == input.node() || node->trace() < oldest || !met.insert(node).second) continue;
    count += multiply_adds_of(*node);
    for (const Tensor& from : node->inputs()) waiting.push_back(from.node());
  }
  return count;
}

std::string options_of(Layer& layer) {
  OptionPrinter printer;
  layer.fields(printer);
  return std::move(printer.text);
}

std::string to_table(std::span<const LayerRow> rows) {
  struct Line {
    std::string cells[5];
  };
  std::vector<Line> lines{{{"layer", "kind", "output", "parameters", "multiply-adds"}}};
  std::int64_t parameters = 0;
  std::int64_t products = 0;
  for (const LayerRow& row : rows) {
    lines.push_back({{row.path, row.kind, row.output.to_string(), std::to_string(row.parameters),
                      std::to_string(row.multiply_adds)}});
    parameters += row.parameters;
    products += row.multiply_adds;
  }
  lines.push_back({{"total", "", "", std::to_string(parameters), std::to_string(products)}});
  std::size_t widths[5] = {};
  for (const Line& line : lines) {
    for (int i = 0; i < 5; ++i) widths[i] = std::max(widths[i], line.cells[i].size());
  }
  std::string text;
  for (const Line& line : lines) {
    text += fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>{}}  {:>{}}\n", line.cells[0], widths[0],
                        line.cells[1], widths[1], line.cells[2], widths[2], line.cells[3],
                        widths[3], line.cells[4], widths[4]);
  }
  return text;
}

}  // namespace gradus::nn
