#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/cli/commands.h"
#include "gradus/cli/table.h"
#include "gradus/ops/all_ops.h"

namespace gradus::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string input_count(const OpDef& op) {
  if (op.minimum_inputs == op.maximum_inputs) return fmt::format("{}", op.minimum_inputs);
  return fmt::format("{} to {}", op.minimum_inputs, op.maximum_inputs);
}

std::string derivative(const OpDef& op) {
  return op.vjp ? "yes, of any order" : fmt::format("none: {}", op.no_derivative);
}

std::vector<std::string> kernel_names(const OpDef& op) {
  std::vector<std::string> names;
  for (const Kernel& kernel : op.kernels) {
    if (kernel.name) names.emplace_back(kernel.name);
  }
  return names;
}

/// "f32[2, 3], f32[3] -> f32[2, 3]"; nothing is computed.
std::string signature(const OpDef& op, const Sample& sample) {
  std::vector<std::string> inputs, outputs;
  for (const Tensor& input : sample.inputs) inputs.push_back(input.signature());
  const Inputs operands(sample.inputs.begin(), sample.inputs.end());
  for (const Tensor& output : apply_all(op, operands, sample.attributes)) {
    outputs.push_back(output.signature());
  }
  std::string text = fmt::format("{} -> {}", fmt::join(inputs, ", "), fmt::join(outputs, ", "));
  if (sample.attributes) text += fmt::format("  ({})", sample.attributes.to_string());
  return text;
}

Json to_json(const OpDef& op) {
  Json json;
  json["name"] = op.name;
  json["doc"] = op.doc;
  json["inputs"] = {op.minimum_inputs, op.maximum_inputs};
  json["differentiable"] = op.vjp != nullptr;
  json["kernels"] = kernel_names(op);
  json["onnx"] = op.onnx ? Json(op.onnx) : Json();
  return json;
}

Error unknown_operation(const std::string& name) {
  std::vector<std::string> names;
  for (const OpDef* op : all_ops()) names.emplace_back(op->name);
  const std::string nearest = nearest_name(name, names);
  return Error(ErrorCode::not_found, "ops",
               fmt::format("there is no operation \"{}\"{} (gradus ops lists all)", name,
                           nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

void print_one(const OpDef& op, Output& output) {
  Table table({Align::left, Align::left});
  table.row({"operation", op.name});
  table.row({"computes", op.doc});
  table.row({"inputs", input_count(op)});
  table.row({"derivative", derivative(op)});
  table.row({"kernels", fmt::format("{} (the first that accepts the call runs)",
                                    fmt::join(kernel_names(op), ", "))});
  if (op.onnx) table.row({"ONNX", op.onnx});
  std::string heading = "samples";
  for (const Sample& sample : op.samples()) {
    table.row({std::exchange(heading, ""), sample.name + ": " + signature(op, sample)});
  }
  output.write(table.to_string(output.width()));
}

void print_all(Output& output) {
  Table table({Align::left, Align::left});
  for (const OpDef* op : all_ops()) table.row({op->name, op->doc});
  output.write(table.to_string(output.width()));
}

}  // namespace

ExitCode run_ops(const OpsArguments& arguments, Output& output) {
  if (!arguments.name.empty()) {
    const OpDef* op = find_op(arguments.name);
    if (!op) throw unknown_operation(arguments.name);
    if (arguments.json) {
      output.line(to_json(*op).dump());
    } else {
      print_one(*op, output);
    }
  } else if (arguments.json) {
    for (const OpDef* op : all_ops()) output.line(to_json(*op).dump());
  } else {
    print_all(output);
  }
  return ExitCode::done;
}

}  // namespace gradus::cli
