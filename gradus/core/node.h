#pragma once

#include <cstdint>

#include "gradus/base/reference_count.h"
#include "gradus/core/op_def.h"
#include "gradus/core/phase.h"

namespace gradus {

/// A vertex of the graph: an operation, its inputs, and its outputs once evaluated. A leaf has no
/// operation. Handled through Tensor.
class Node {
 public:
  Node(const OpDef* op, Attributes attributes, Inputs inputs)
      : op_(op), attributes_(std::move(attributes)), inputs_(std::move(inputs)) {}
  ~Node() {
    if (row_major_) forget_row_major();
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const OpDef* op() const noexcept { return op_; }
  const Attributes& attributes() const noexcept { return attributes_; }
  std::span<const Tensor> inputs() const noexcept { return {inputs_.data(), inputs_.size()}; }
  std::span<Array> outputs() noexcept { return {outputs_.data(), outputs_.size()}; }
  std::span<const Array> outputs() const noexcept { return {outputs_.data(), outputs_.size()}; }
  const Array& output(std::uint32_t i) const noexcept { return outputs_[i]; }
  bool evaluated() const noexcept { return evaluated_; }

  /// An evaluated output in row-major order: as it lies or, made by the first who asks, a copy that
  /// the node keeps. Several threads may ask.
  const Array& row_major_output(std::uint32_t i);
  /// Drops such copies, for an owner who writes into the storage of the outputs.
  void forget_row_major() noexcept;

  /// What it was built for.
  Phase phase() const noexcept { return phase_; }

  /// The transform that is watching this node, the innermost if there are several; 0 if none. Ids
  /// grow, so a node made under a transform has an id not below the transform's.
  std::uint64_t trace() const noexcept { return trace_; }

  void retain() noexcept { references_.add(); }
  void release() noexcept {
    if (references_.drop()) destroy(this);
  }
  std::uint32_t references() const noexcept { return references_.value(); }
  bool exclusive() const noexcept { return references() == 1; }

  /// A place for a graph walk to keep a number; 0 between walks.
  std::uint32_t scratch = 0;

  // Nodes come and go by the hundred in every step; each thread keeps some memory for them.
  static void* operator new(std::size_t bytes);
  static void operator delete(void* memory) noexcept;

 private:
  friend class Evaluator;
  friend class NodeBuilder;
  friend class Tensor;
  /// Frees `node` and all that only it held, without recursion.
  static void destroy(Node* node) noexcept;

  const OpDef* op_;
  ReferenceCount references_;
  bool evaluated_ = false;
  bool queued_ = false;  // in the evaluation under way
  Phase phase_ = internal::phase_of_new_nodes;
  std::uint32_t pending_ = 0;  // length of the longest chain of unevaluated nodes ending here
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t trace_ = 0;
  Attributes attributes_;
  Inputs inputs_;
  SmallVector<Array, 1> outputs_;
  struct RowMajor;
  RowMajor* row_major_ = nullptr;  // a list, which only grows while others may read it
};

/// Opens a transform on this thread (scopes may close in any order): while it lives, nodes that
/// depend on its tracers keep their inputs when they are evaluated, so that derivatives can be
/// taken through them.
class TraceScope {
 public:
  TraceScope();
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

  std::uint64_t id() const noexcept { return id_; }
  /// A new node with the value of `tensor`, watched by this transform.
  Tensor watch(const Tensor& tensor) const;

 private:
  std::uint64_t id_;
};

/// True while a transform on this thread may still need the inputs of `node`.
bool is_watched(const Node& node) noexcept;

/// True if the transform that watches or has watched `node` is of this thread: then no other thread
/// reads the inputs of the node.
bool was_watched_here(const Node& node) noexcept;

/// True for the variable of a transform that is open on this thread: a derivative may be asked of
/// this very node.
bool is_variable(const Node& node) noexcept;

/// The graph behind `tensors`, down to evaluated nodes, in Graphviz's DOT language.
std::string to_dot(std::span<const Tensor> tensors);

}  // namespace gradus
