#include "gradus/ops/pull_back.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/small_vector.h"
#include "gradus/core/node.h"
#include "gradus/ops/arithmetic.h"

namespace gradus {
namespace {

/// The nodes between variables and outputs, inputs first, with a gradient slot for every output of
/// every node. Nodes find their place through Node::scratch (place + 1; 0: not on the way).
class ReverseWalk {
 public:
  ReverseWalk(std::span<const Tensor> outputs, std::span<const Tensor> variables) {
    std::uint64_t oldest = ~std::uint64_t{0};
    for (const Tensor& variable : variables) {
      oldest = std::min(oldest, variable.node()->trace());
      if (variable.node()->scratch == 0) add(variable.node());
    }
    variable_count_ = order_.size();
    for (const Tensor& output : outputs) collect(output.node(), oldest);
    for (Node* node : rejected_) node->scratch = 0;
  }
  ~ReverseWalk() {
    for (Node* node : order_) node->scratch = 0;
  }
  ReverseWalk(const ReverseWalk&) = delete;
  ReverseWalk& operator=(const ReverseWalk&) = delete;

  /// Adds `gradient` to what is known of the gradient of `tensor`.
  void accumulate(const Tensor& tensor, const Tensor& gradient) {
    Tensor& slot = slot_of(tensor);
    slot = slot.defined() ? add_gradients(slot, gradient) : gradient;
  }
  bool reaches(const Tensor& tensor) const {
    return tensor.node()->scratch != 0 && tensor.node()->scratch != kRejected;
  }
  Tensor& slot_of(const Tensor& tensor) {
    return slots_[first_slot_[tensor.node()->scratch - 1] + tensor.output_index()];
  }

  void run() {
    for (std::size_t place = order_.size(); place-- > variable_count_;) differentiate(place);
  }

 private:
  static constexpr std::uint32_t kRejected = ~std::uint32_t{0};
  struct Frame {
    Node* node;
    std::size_t next_input;
    bool on_the_way;
  };

  static Tensor add_gradients(const Tensor& a, const Tensor& b) { return a + b; }

  void add(Node* node) {
    order_.push_back(node);
    node->scratch = static_cast<std::uint32_t>(order_.size());
    first_slot_.push_back(slots_.size());
    slots_.resize(slots_.size() + node->outputs().size());
  }
  void reject(Node* node) {
    node->scratch = kRejected;
    rejected_.push_back(node);
  }

  /// Depth first over nodes that the transform watches; adds those that depend on a variable.
  void collect(Node* root, std::uint64_t oldest) {
    if (root->scratch != 0 || root->trace() < oldest) return;
    SmallVector<Frame, 32> stack{{root, 0, false}};
    root->scratch = kRejected;  // while on the stack; no cycles, so it is not met again as an input
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const auto inputs = frame.node->inputs();
      if (frame.next_input < inputs.size()) {
        Node* input = inputs[frame.next_input].node();
        if (input->scratch == 0 && input->trace() >= oldest) {
          input->scratch = kRejected;
          stack.push_back({input, 0, false});  // its inputs first; this input is looked at again
          continue;
        }
        ++frame.next_input;
        if (input->scratch != 0 && input->scratch != kRejected) frame.on_the_way = true;
        continue;
      }
      if (frame.on_the_way) {
        add(frame.node);
      } else {
        reject(frame.node);
      }
      stack.pop_back();
    }
  }

  void differentiate(std::size_t place) {
    Node& node = *order_[place];
    const std::size_t first = first_slot_[place];
    const std::size_t count = node.outputs().size();
    const std::span<const Tensor> gradients(&slots_[first], count);
    if (std::none_of(gradients.begin(), gradients.end(),
                     [](const Tensor& g) { return g.defined(); })) {
      return;
    }
    const OpDef& op = *node.op();
    if (!op.vjp) {
      throw Error(ErrorCode::unsupported, op.name,
                  fmt::format("has no derivative: {}",
                              op.no_derivative ? op.no_derivative : "none is defined"));
    }
    SmallVector<Tensor, 2> outputs;
    for (std::uint32_t i = 0; i < count; ++i) {
      node.retain();
      outputs.emplace_back(&node, i);
    }
    SmallVector<bool, 4> needed;
    for (const Tensor& input : node.inputs()) needed.push_back(reaches(input));
    Inputs results = op.vjp({node.inputs(),
                             {outputs.data(), count},
                             gradients,
                             {needed.data(), needed.size()},
                             node.attributes()});
    for (std::size_t i = 0; i < needed.size(); ++i) {
      if (needed[i] && i < results.size() && results[i].defined()) {
        accumulate(node.inputs()[i], results[i]);
      }
    }
    for (std::size_t i = 0; i < count; ++i) slots_[first + i] = Tensor();  // no longer needed
  }

  // A small network is walked without allocation.
  SmallVector<Node*, 64> order_;
  SmallVector<Node*, 32> rejected_;
  SmallVector<std::size_t, 64> first_slot_;
  SmallVector<Tensor, 64> slots_;
  std::size_t variable_count_ = 0;
};

}  // namespace

Tensors pull_back(std::span<const Tensor> outputs, std::span<const Tensor> gradients,
                  std::span<const Tensor> variables) {
  const PhaseScope phase(Phase::backward);
  ReverseWalk walk(outputs, variables);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!gradients[i].defined()) continue;
    if (gradients[i].shape() != outputs[i].shape()) {
      throw Error(ErrorCode::shape, "vjp",
                  fmt::format("the gradient of output {} has shape {}, the output {}", i,
                              gradients[i].shape().to_string(), outputs[i].shape().to_string()),
                  {gradients[i].shape(), outputs[i].shape()});
    }
    if (walk.reaches(outputs[i])) walk.accumulate(outputs[i], gradients[i]);
  }
  walk.run();
  Tensors results;
  for (const Tensor& variable : variables) results.push_back(walk.slot_of(variable));
  return results;
}

Inputs pull_back_through(Composition compose, const VjpContext& context) {
  const TraceScope scope;
  Tensors variables;
  for (const Tensor& input : context.inputs) variables.push_back(scope.watch(input));
  const Tensors outputs = compose(variables, context.attributes);
  const Tensors gradients = pull_back(outputs, context.gradients, variables);
  return Inputs(gradients.begin(), gradients.end());
}

}  // namespace gradus
