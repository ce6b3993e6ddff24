#include "gradus/autodiff/vjp.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/node.h"
#include "gradus/ops/creation.h"

namespace gradus {

Vjp vjp(const TensorFunction& f, const Tensors& inputs) {
  // The scope lives as long as the pullback: the graph must keep its inputs until then.
  auto scope = share<TraceScope>();
  Tensors variables;
  for (const Tensor& input : inputs) variables.push_back(scope->watch(input));
  Tensors outputs = f(variables);
  auto pullback = [scope, variables, outputs](const Tensors& gradients) {
    if (gradients.size() != outputs.size()) {
      throw Error(
          ErrorCode::invalid_argument, "vjp",
          fmt::format("{} gradients were given for {} outputs", gradients.size(), outputs.size()));
    }
    Tensors results = pull_back(outputs, gradients, variables);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i].defined()) results[i] = zeros_like(variables[i]);
    }
    return results;
  };
  return {outputs, std::move(pullback)};
}

}  // namespace gradus
