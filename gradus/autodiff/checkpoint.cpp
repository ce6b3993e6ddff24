#include "gradus/autodiff/checkpoint.h"

#include <memory>
#include <unordered_set>

#include "gradus/base/error.h"
#include "gradus/core/node.h"
#include "gradus/core/placeholder.h"

namespace gradus {
namespace {

struct CheckpointAttributes {
  Shared<const TensorFunction> function;
  std::int64_t explicit_inputs = 0;
  Shared<const Specs> specs;

  void fields(FieldVisitor& v) const {
    v("function", static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(function.get())));
    v("explicit_inputs", explicit_inputs);
  }
};

/// f at watched copies of its inputs, and the watched tensors from outside that its graph meets:
/// what f captured, in the order of discovery, which is the same at every call.
struct Recorded {
  Tensors variables;
  Tensors outputs;
  Tensors captured;
};

Recorded record(const TraceScope& scope, const TensorFunction& f, std::span<const Tensor> inputs) {
  Recorded result;
  for (const Tensor& input : inputs) result.variables.push_back(scope.watch(input));
  result.outputs = f(result.variables);
  std::unordered_set<const Node*> seen;
  for (const Tensor& variable : result.variables) seen.insert(variable.node());
  std::vector<const Node*> waiting;
  const auto meet = [&](const Tensor& tensor) {
    const Node* node = tensor.node();
    if (node->trace() == 0 || !seen.insert(node).second) return;
    if (node->trace() >= scope.id()) {
      waiting.push_back(node);  // computed from f's inputs
    } else if (is_watched(*node)) {
      result.captured.push_back(tensor);
    }
  };
  for (const Tensor& output : result.outputs) meet(output);
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    for (const Tensor& input : node->inputs()) meet(input);
  }
  return result;
}

Specs infer_checkpoint(const InferContext& context) {
  return *context.attributes.as<CheckpointAttributes>().specs;
}

void run_checkpoint(const KernelContext& context) {
  const auto& attributes = context.attributes<CheckpointAttributes>();
  Tensors inputs;
  for (std::int64_t i = 0; i < attributes.explicit_inputs; ++i) {
    inputs.push_back(Tensor::from_array(context.input(static_cast<std::size_t>(i))));
  }
  const Tensors outputs = (*attributes.function)(inputs);
  eval(outputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) context.output(i) = outputs[i].array();
}

/// The gradients of explicit and captured inputs, of which `inputs` are the explicit ones.
Inputs gradients_anew(const TensorFunction& function, std::span<const Tensor> inputs,
                      std::span<const Tensor> gradients, std::size_t captured) {
  const TraceScope scope;
  Recorded again = record(scope, function, inputs);
  if (again.captured.size() != captured) {
    throw Error(ErrorCode::invalid_argument, "checkpoint",
                "the function built another graph when it was called again");
  }
  Tensors variables = again.variables;
  variables.insert(variables.end(), again.captured.begin(), again.captured.end());
  const Tensors results = pull_back(again.outputs, gradients, variables);
  return Inputs(results.begin(), results.end());
}

Inputs checkpoint_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<CheckpointAttributes>();
  const auto count = static_cast<std::size_t>(attributes.explicit_inputs);
  return gradients_anew(*attributes.function, context.inputs.first(count), context.gradients,
                        context.inputs.size() - count);
}

const OpDef kCheckpoint{
    .name = "checkpoint",
    .doc = "A function whose intermediate results are computed again for its derivative.",
    .minimum_inputs = 0,
    .maximum_inputs = 1 << 20,
    .infer = infer_checkpoint,
    .vjp = checkpoint_vjp,
    .kernels = {{"call", nullptr, run_checkpoint}},
};

// In a function that compile() traces, the graph of f itself is what computes the outputs, and the
// node below stands behind it: its derivative builds the graph a second time, over inputs that the
// compiler does not know to be the same.

void share_inputs(const KernelContext& context) {
  for (std::size_t i = 0; i < context.output_count(); ++i) {
    context.share(i, i, context.input(i).strides, context.input(i).offset);
  }
}

struct AgainAttributes {
  std::shared_ptr<const TensorFunction> itself;  // a place in memory like no other
  void fields(FieldVisitor& v) const {
    v("itself", static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(itself.get())));
  }
};

const OpDef kAgain{
    .name = "again",
    .doc = "The same value, from which everything is computed anew. (...) -> (...)",
    .infer = [](const InferContext& context) -> Specs {
      return {{context.shape(0), context.dtype(0)}};
    },
    .vjp = [](const VjpContext& context) -> Inputs { return {context.gradient()}; },
    .kernels = {{"share", nullptr, share_inputs}},
};

/// Inputs: the outputs of f's graph, f's inputs, what f captured.
Inputs traced_checkpoint_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<CheckpointAttributes>();
  const auto count = static_cast<std::size_t>(attributes.explicit_inputs);
  const std::size_t outputs = attributes.specs->size();
  const auto mark = std::make_shared<const TensorFunction>();
  Tensors inputs;
  for (const Tensor& input : context.inputs.subspan(outputs, count)) {
    inputs.push_back(apply(kAgain, {input}, AgainAttributes{mark}));
  }
  Inputs results(outputs, Tensor());
  const Inputs gradients = gradients_anew(*attributes.function, inputs, context.gradients,
                                          context.inputs.size() - outputs - count);
  results.append(gradients.begin(), gradients.end());
  return results;
}

const OpDef kTracedCheckpoint{
    .name = "checkpoint",
    .doc = "The outputs of a function whose graph is built again for its derivative.",
    .minimum_inputs = 0,
    .maximum_inputs = 1 << 20,
    .infer = infer_checkpoint,
    .vjp = traced_checkpoint_vjp,
    .kernels = {{"share", nullptr, share_inputs}},
};

}  // namespace

TensorFunction checkpoint(TensorFunction f) {
  auto function = share<const TensorFunction>(std::move(f));
  return [function](const Tensors& inputs) {
    const TraceScope scope;
    const Recorded first = record(scope, *function, inputs);
    auto specs = share<Specs>();
    for (const Tensor& output : first.outputs) specs->push_back({output.shape(), output.dtype()});
    const bool traced = Tracing::is_under_way();
    Inputs all;
    if (traced) all.append(first.outputs.begin(), first.outputs.end());
    all.append(inputs.begin(), inputs.end());
    all.append(first.captured.begin(), first.captured.end());
    const auto results =
        apply_all(traced ? kTracedCheckpoint : kCheckpoint, std::move(all),
                  CheckpointAttributes{function, static_cast<std::int64_t>(inputs.size()), specs});
    return Tensors(results.begin(), results.end());
  };
}

}  // namespace gradus
