#include "gradus/autodiff/jvp.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/node.h"
#include "gradus/ops/creation.h"

namespace gradus {
namespace {

void check_tangents(const Tensors& inputs, const Tensors& tangents) {
  if (inputs.size() != tangents.size()) {
    throw Error(
        ErrorCode::invalid_argument, "jvp",
        fmt::format("{} tangents were given for {} inputs", tangents.size(), inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].shape() == tangents[i].shape()) continue;
    throw Error(ErrorCode::shape, "jvp",
                fmt::format("tangent {} has shape {}, the input {}", i,
                            tangents[i].shape().to_string(), inputs[i].shape().to_string()),
                {tangents[i].shape(), inputs[i].shape()});
  }
}

}  // namespace

Jvp jvp(const TensorFunction& f, const Tensors& inputs, const Tensors& tangents) {
  check_tangents(inputs, tangents);
  const TraceScope primal;
  Tensors variables;
  for (const Tensor& input : inputs) variables.push_back(primal.watch(input));
  Tensors outputs = f(variables);

  const TraceScope dual;
  Tensors cotangents;
  for (const Tensor& output : outputs) cotangents.push_back(dual.watch(zeros_like(output)));
  const Tensors pulled = pull_back(outputs, cotangents, variables);
  Tensors reached, directions;
  for (std::size_t i = 0; i < pulled.size(); ++i) {
    if (!pulled[i].defined()) continue;
    reached.push_back(pulled[i]);
    directions.push_back(tangents[i]);
  }
  Tensors results = pull_back(reached, directions, cotangents);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].defined()) results[i] = zeros_like(outputs[i]);
  }
  return {std::move(outputs), std::move(results)};
}

}  // namespace gradus
