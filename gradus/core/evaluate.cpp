#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/dispatch.h"
#include "gradus/core/identity.h"
#include "gradus/core/interruption.h"
#include "gradus/core/kernel_call.h"
#include "gradus/core/node.h"
#include "gradus/core/placeholder.h"
#include "gradus/core/prepared_inputs.h"
#include "gradus/core/switches.h"
#include "gradus/memory/allocation_source.h"
#include "gradus/memory/allocator.h"

namespace gradus {
namespace {

// Work that has piled up outside a transform is done at these bounds.
constexpr std::uint32_t kPendingNodes = 4096;
constexpr std::uint64_t kPendingBytes = std::uint64_t{1} << 30;

}  // namespace

/// Runs pending nodes on the caller's thread in topological order.
class Evaluator {
 public:
  static void evaluate(std::span<const Tensor> tensors, const SourceLocation& where) {
    // One list per thread, reused: a small graph is evaluated without allocation.
    thread_local std::vector<Node*> order;
    const std::size_t first = order.size();  // not 0 if a kernel evaluates, as checkpoints do
    for (const Tensor& tensor : tensors) {
      if (tensor.defined()) collect(tensor.node(), order);
    }
    const Node* unknown = nullptr;
    for (std::size_t i = first; i < order.size(); ++i) {
      order[i]->queued_ = false;
      if (order[i]->op_ == &kPlaceholder) unknown = order[i];
    }
    const std::size_t end = order.size();
    try {
      if (unknown) Tracing::throw_unknown_value(tensors, where);
      for (std::size_t i = first; i < end; ++i) {
        if (order[i]->evaluated_) continue;
        check_interruption();
        run(*order[i]);
      }
    } catch (...) {
      order.resize(first);
      throw;
    }
    order.resize(first);
  }

  /// Lets go of the inputs of an evaluated node that no transform watches any more. Others may have
  /// such a node too, so that is left to the thread whose transform it was.
  static void forget_inputs(Node& node) {
    if (!node.evaluated_ || !was_watched_here(node) || is_watched(node)) return;
    if (!node.inputs_.empty()) node.inputs_.clear();
  }

 private:
  struct Frame {
    Node* node;
    std::size_t next_input;
  };

  /// Appends the unevaluated nodes that `root` needs, and `root`, inputs first.
  static void collect(Node* root, std::vector<Node*>& order) {
    if (root->evaluated_ || root->queued_) return;
    thread_local std::vector<Frame> stack;
    const std::size_t bottom = stack.size();
    root->queued_ = true;
    stack.push_back({root, 0});
    while (stack.size() > bottom) {
      Frame& frame = stack.back();
      if (frame.next_input == frame.node->inputs_.size()) {
        order.push_back(frame.node);
        stack.pop_back();
        continue;
      }
      Node* input = frame.node->inputs_[frame.next_input++].node();
      if (input->evaluated_ || input->queued_) continue;
      input->queued_ = true;
      stack.push_back({input, 0});
    }
  }

  /// True if `node` alone holds the node of its input `tensor`, and uses this output of it once: an
  /// optimiser's step holds several outputs of the step before.
  static bool is_only_held_by(const Node& node, const Tensor& tensor) {
    if (tensor.node()->exclusive()) return true;
    std::uint32_t uses_of_node = 0;
    int uses_of_output = 0;
    for (const Tensor& input : node.inputs_) {
      uses_of_node += input.node() == tensor.node();
      uses_of_output += input.is(tensor);
    }
    return uses_of_output == 1 && tensor.node()->references() == uses_of_node;
  }

  static void run(Node& node) {
    const bool watched = is_watched(node);
    SmallVector<const Array*, 4> inputs;
    SmallVector<bool, 4> donatable;
    for (const Tensor& tensor : node.inputs_) {
      const Array& array = tensor.node()->outputs_[tensor.output_index()];
      inputs.push_back(&array);
      donatable.push_back(!watched && array.buffer.exclusive() && is_only_held_by(node, tensor));
    }
    const KernelContext context(*node.op_, node.attributes_, {inputs.data(), inputs.size()},
                                node.outputs(), {donatable.data(), donatable.size()});
    try {
      call_kernel(choose_kernel(context), context, node.phase_);
    } catch (...) {
      for (Array& output : node.outputs_) output.buffer = Buffer();
      throw;
    }
    node.evaluated_ = true;
    node.pending_ = 0;
    node.pending_bytes_ = 0;
    if (!watched) node.inputs_.clear();
  }
};

/// Makes nodes.
class NodeBuilder {
 public:
  static Node* build(const OpDef& op, Inputs inputs, Attributes attributes) {
    check_inputs(op, inputs);
    Specs specs = op.infer({op, {inputs.data(), inputs.size()}, attributes});
    auto* node = new Node(&op, std::move(attributes), std::move(inputs));
    for (Spec& spec : specs) {
      Array& output = node->outputs_.emplace_back();
      output.shape = std::move(spec.shape);
      output.dtype = spec.dtype;
    }
    link(*node);
    return node;
  }

  static Node* leaf(Array array) {
    auto* node = new Node(nullptr, {}, {});
    node->outputs_.push_back(std::move(array));
    node->evaluated_ = true;
    return node;
  }

  static Tensor placeholder(const Array& like, std::uint64_t trace) {
    auto* node = new Node(&kPlaceholder, {}, {});
    node->outputs_.push_back(
        {.shape = like.shape, .dtype = like.dtype, .strides = {}, .buffer = {}});
    node->pending_ = 1;
    node->trace_ = trace;
    return Tensor(node, 0);
  }

  static Tensor rebuild(const Node& from, Inputs inputs) {
    auto* node = new Node(from.op_, from.attributes_, std::move(inputs));
    node->phase_ = from.phase_;
    for (const Array& output : from.outputs_) {
      node->outputs_.push_back(
          {.shape = output.shape, .dtype = output.dtype, .strides = {}, .buffer = {}});
    }
    link(*node);
    return Tensor(node, 0);
  }

  /// A node with the value of `tensor`, watched by transform `trace`.
  static Tensor watched(const Tensor& tensor, std::uint64_t trace) {
    if (!tensor.is_evaluated()) {
      Node* node = build(kIdentity, {tensor}, {});
      node->trace_ = trace;
      return Tensor(node, 0);
    }
    // Nothing to compute: share the storage at once.
    Evaluator::forget_inputs(*tensor.node());
    auto* node = new Node(&kIdentity, {}, {tensor});
    node->outputs_.push_back(tensor.array());
    node->evaluated_ = true;
    node->trace_ = trace;
    return Tensor(node, 0);
  }

  /// Evaluates what should not wait: everything under GRADUS_EAGER, and heaps of pending work.
  static void settle(Node* node) {
    const bool too_much = node->pending_ > kPendingNodes || node->pending_bytes_ > kPendingBytes;
    const bool may_wait = is_deferring() || is_watched(*node);
    if (!is_eager() && !(too_much && !may_wait)) return;
    node->retain();
    const Tensor tensor(node, 0);
    eval(std::span<const Tensor>(&tensor, 1));
  }

 private:
  static void check_inputs(const OpDef& op, const Inputs& inputs) {
    const auto count = static_cast<int>(inputs.size());
    if (count < op.minimum_inputs || count > op.maximum_inputs) {
      throw Error(ErrorCode::invalid_argument, op.name,
                  fmt::format("takes {} to {} inputs, not {}", op.minimum_inputs, op.maximum_inputs,
                              count));
    }
    for (const Tensor& input : inputs) {
      if (!input.defined()) {
        throw Error(ErrorCode::invalid_argument, op.name, "an input is an undefined tensor");
      }
    }
  }

  static void link(Node& node) {
    std::uint64_t bytes = 0;
    for (const Array& output : node.outputs_) {
      bytes += static_cast<std::uint64_t>(output.shape.size()) * size_of(output.dtype);
    }
    for (const Tensor& input : node.inputs_) {
      Node& from = *input.node();
      Evaluator::forget_inputs(from);
      node.trace_ = std::max(node.trace_, from.trace_);
      if (from.evaluated_) continue;
      node.pending_ = std::max(node.pending_, from.pending_);
      node.pending_bytes_ = std::max(node.pending_bytes_, from.pending_bytes_);
    }
    ++node.pending_;
    node.pending_bytes_ += bytes;
  }
};

void eval(std::span<const Tensor> tensors, SourceLocation where) {
  Evaluator::evaluate(tensors, where);
}

Tensor Tensor::from_array(Array array) { return Tensor(NodeBuilder::leaf(std::move(array)), 0); }

Tensor make_placeholder(const TraceScope& scope, const Array& like) {
  return NodeBuilder::placeholder(like, scope.id());
}

Tensor rebuilt(const Node& node, Inputs inputs) {
  return NodeBuilder::rebuild(node, std::move(inputs));
}

Tensor TraceScope::watch(const Tensor& tensor) const { return NodeBuilder::watched(tensor, id_); }

Tensor apply(const OpDef& op, Inputs inputs, Attributes attributes) {
  Node* node = NodeBuilder::build(op, std::move(inputs), std::move(attributes));
  Tensor result(node, 0);
  NodeBuilder::settle(node);
  return result;
}

SmallVector<Tensor, 3> apply_all(const OpDef& op, Inputs inputs, Attributes attributes) {
  Node* node = NodeBuilder::build(op, std::move(inputs), std::move(attributes));
  SmallVector<Tensor, 3> results;
  results.emplace_back(node, 0u);
  for (std::uint32_t i = 1; i < node->outputs().size(); ++i) {
    node->retain();
    results.emplace_back(node, i);
  }
  NodeBuilder::settle(node);
  return results;
}

std::vector<Array> run_kernel(const OpDef& op, const Kernel& kernel, std::span<const Tensor> inputs,
                              const Attributes& attributes) {
  eval(inputs);
  const Specs specs = op.infer({op, inputs, attributes});
  std::vector<Array> outputs;
  for (const Spec& spec : specs) {
    outputs.push_back({.shape = spec.shape, .dtype = spec.dtype, .strides = {}, .buffer = {}});
  }
  std::vector<const Array*> arrays;
  for (const Tensor& input : inputs) arrays.push_back(&input.array());
  const SmallVector<bool, 4> donatable(inputs.size(), false);
  kernel.run(KernelContext(op, attributes, arrays, outputs, {donatable.data(), donatable.size()}));
  return outputs;
}

Array& KernelContext::allocate(std::size_t output) const {
  Array& array = outputs_[output];
  if (planned_) return array;
  if (!origins_) {
    allocate_row_major(array);
    return array;
  }
  const AllocationSourceScope not_scratch(nullptr);
  allocate_row_major(array);
  origins_[output] = {StorageOrigin::Kind::allocated};
  return array;
}

Array& KernelContext::allocate(std::size_t output, const Strides& strides) const {
  Array& array = allocate(output);
  if (!planned_) array.strides = strides;
  return array;
}

Buffer KernelContext::prepare(std::size_t i, std::size_t bytes, void (*fill)(void*, std::byte*),
                              void* state) const {
  if (!prepared_ || !prepared_->keeps(i)) {
    Buffer made = gradus::allocate(bytes);
    fill(state, made.data());
    return made;
  }
  if (const Buffer* kept = prepared_->next(bytes)) return *kept;
  // This does not happen again in later calls: it is no part of the memory that is planned for
  // them.
  const AllocationSourceScope unplanned(nullptr);
  Buffer made = allocate_exactly(bytes);
  fill(state, made.data());
  prepared_->keep(made);
  return made;
}

bool KernelContext::donate(std::size_t input, std::size_t output) const {
  const Array& from = *inputs_[input];
  Array& to = outputs_[output];
  if (planned_) return donatable_[input] && to.bytes() == from.bytes();
  if (!donatable_[input] || from.shape != to.shape || size_of(from.dtype) != size_of(to.dtype) ||
      !is_dense(from.shape, from.strides)) {
    return false;
  }
  share(input, output, from.strides, from.offset);
  --shared_;
  if (origins_) origins_[output].kind = StorageOrigin::Kind::donated;
  return true;
}

void KernelContext::share(std::size_t input, std::size_t output, Strides strides,
                          std::int64_t offset) const {
  if (planned_) return;
  ++shared_;
  if (origins_) {
    origins_[output] = {StorageOrigin::Kind::shared, static_cast<std::uint32_t>(input)};
  }
  Array& to = outputs_[output];
  to.buffer = inputs_[input]->buffer;
  to.strides = std::move(strides);
  to.offset = offset;
}

}  // namespace gradus
