#include "gradus/core/plan_report.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "gradus/core/graph_walk.h"
#include "gradus/core/placeholder.h"

namespace gradus {
namespace {

std::string signature(const Array& array) {
  return fmt::format("{}{}", name_of(array.dtype), array.shape.to_string());
}

/// "%5 = add(%1, %4) tiles f32[2, 3], over %4"
std::string line_of(const PlanRecording& record, const PlannedStep& step) {
  std::string line = "  ";
  for (std::size_t i = 0; i < step.outputs; ++i) {
    line += fmt::format("{}%{}", i ? ", " : "", step.first_output + i);
  }
  line += fmt::format(" = {}(", step.op->name);
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    line += fmt::format("{}%{}", i ? ", " : "", step.inputs[i]);
  }
  line += fmt::format(") {}", step.moves_nothing() ? "view" : step.kernel->name);
  for (std::size_t i = 0; i < step.outputs; ++i) {
    line += ' ' + signature(record.values[step.first_output + i].array);
    if (step.origins[i].kind == StorageOrigin::Kind::donated) {
      line += fmt::format(" over %{}", step.inputs[step.origins[i].input]);
    }
  }
  return line + '\n';
}

std::size_t bytes_of(const PlanRecording& record, Storage::Kind kind) {
  std::size_t bytes = 0;
  for (const Storage& storage : record.storages) {
    if (storage.kind == kind) bytes += storage.interval.bytes;
  }
  return bytes;
}

}  // namespace

void PlanReport::add_pass(const char* pass, std::span<const Tensor> outputs) {
  const std::vector<Node*> nodes = topological_order(outputs);
  const auto count = std::count_if(nodes.begin(), nodes.end(),
                                   [](const Node* node) { return node->op() != &kPlaceholder; });
  passes_.emplace_back(pass, static_cast<std::size_t>(count));
}

void PlanReport::print(const PlanRecording& record, std::size_t arena_bytes,
                       const SourceLocation& where) const {
  std::string text = fmt::format("gradus compile: {}:{}\n", where.file_name(), where.line());
  for (const auto& [pass, nodes] : passes_) text += fmt::format("  {}: {} nodes\n", pass, nodes);
  for (const PlannedStep& step : record.steps) text += line_of(record, step);
  const auto views = std::count_if(record.steps.begin(), record.steps.end(),
                                   [](const PlannedStep& step) { return step.moves_nothing(); });
  text +=
      fmt::format("  {} kernels, {} views; arena of {} bytes for {} bytes of values, {} leave\n",
                  record.steps.size() - static_cast<std::size_t>(views), views, arena_bytes,
                  bytes_of(record, Storage::Kind::arena), bytes_of(record, Storage::Kind::leaving));
  std::fputs(text.c_str(), stderr);  // asked for by GRADUS_TRACE
}

}  // namespace gradus
