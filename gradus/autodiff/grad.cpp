#include "gradus/autodiff/grad.h"

#include <string>

#include "gradus/base/error.h"
#include "gradus/core/node.h"
#include "gradus/ops/creation.h"

namespace gradus {
namespace {

Tensors watch_all(const TraceScope& scope, const Tensors& inputs) {
  Tensors variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!is_floating(inputs[i].dtype())) {
      throw Error(ErrorCode::dtype, "grad",
                  "input " + std::to_string(i) + " is " + inputs[i].signature() +
                      "; derivatives are taken with respect to floating tensors only");
    }
    variables.push_back(scope.watch(inputs[i]));
  }
  return variables;
}

}  // namespace

Tensors gradients_of(const Tensor& value, std::span<const Tensor> variables) {
  if (!value.defined() || value.size() != 1 || !is_floating(value.dtype())) {
    throw Error(ErrorCode::shape, "grad",
                "the function must return one floating element, not " + value.signature() +
                    "; reduce it (sum, mean) or use vjp or jacobian");
  }
  const Tensor one = ones_like(value);
  Tensors gradients = pull_back({&value, 1}, {&one, 1}, variables);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = zeros_like(variables[i]);
  }
  return gradients;
}

Function<ValueAndGrad(const Tensors&)> value_and_grad(ScalarFunction f) {
  return [f = std::move(f)](const Tensors& inputs) {
    const TraceScope scope;
    const Tensors variables = watch_all(scope, inputs);
    Tensor value = f(variables);
    Tensors gradients = gradients_of(value, variables);
    return ValueAndGrad{std::move(value), std::move(gradients)};
  };
}

Function<Tensors(const Tensors&)> grad(ScalarFunction f) {
  return [f = value_and_grad(std::move(f))](const Tensors& inputs) { return f(inputs).gradients; };
}

UnaryFunction grad(UnaryFunction f) {
  auto gradients = grad(ScalarFunction([f = std::move(f)](const Tensors& x) { return f(x[0]); }));
  return [gradients = std::move(gradients)](const Tensor& x) { return gradients({x})[0]; };
}

}  // namespace gradus
