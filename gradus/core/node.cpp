#include "gradus/core/node.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "gradus/core/identity.h"

namespace gradus {
namespace {

// This thread's open transforms, oldest first. Ids grow, so a node is watched exactly if its id is
// not below the first: the transforms opened since then are inside that one, or newer.
thread_local SmallVector<std::uint64_t, 8> open_traces;
std::atomic<std::uint64_t> next_trace{1};

// The low bits of an id are the number of its thread.
constexpr int kThreadBits = 16;
std::atomic<std::uint64_t> next_thread{0};
thread_local const std::uint64_t this_thread = next_thread++ % (std::uint64_t{1} << kThreadBits);

// Static tensors may be destroyed after their thread's memory is gone.
thread_local bool node_memory_closed = false;

/// Memory of destroyed nodes, kept by this thread for its next ones.
class NodeMemory {
 public:
  ~NodeMemory() {
    for (void* memory : kept_) ::operator delete(memory);
    node_memory_closed = true;
  }
  void* take() {
    if (node_memory_closed || kept_.empty()) return nullptr;
    void* memory = kept_.back();
    kept_.pop_back();
    return memory;
  }
  bool keep(void* memory) {
    if (node_memory_closed || kept_.size() == kMost) return false;
    kept_.push_back(memory);
    return true;
  }

 private:
  static constexpr std::size_t kMost = 1024;
  SmallVector<void*, kMost> kept_;
};

thread_local NodeMemory node_memory;

}  // namespace

void* Node::operator new(std::size_t bytes) {
  void* memory = node_memory.take();
  return memory ? memory : ::operator new(bytes);
}

void Node::operator delete(void* memory) noexcept {
  if (!node_memory.keep(memory)) ::operator delete(memory);
}

void Node::destroy(Node* node) noexcept {
  // Deleting a node releases its inputs, which may come back here; they wait in a list, so that a
  // chain of any length takes no stack.
  thread_local bool draining = false;
  thread_local SmallVector<Node*, 64> waiting;
  waiting.push_back(node);
  if (draining) return;
  draining = true;
  while (!waiting.empty()) {
    Node* next = waiting.back();
    waiting.pop_back();
    delete next;
  }
  draining = false;
}

struct Node::RowMajor {
  Array array;
  std::uint32_t output;
  RowMajor* next;
};

const Array& Node::row_major_output(std::uint32_t i) {
  if (outputs_[i].is_row_major()) return outputs_[i];
  const std::atomic_ref<RowMajor*> first(row_major_);
  RowMajor* known = first.load(std::memory_order_acquire);
  for (RowMajor* copy = known; copy; copy = copy->next) {
    if (copy->output == i) return copy->array;
  }
  // Two threads at once make two copies; both are right, and both stay.
  auto* made = new RowMajor{row_major_copy(outputs_[i]), i, known};
  while (!first.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
  }
  return made->array;
}

void Node::forget_row_major() noexcept {
  while (row_major_) delete std::exchange(row_major_, row_major_->next);
}

TraceScope::TraceScope()
    : id_(next_trace.fetch_add(1, std::memory_order_relaxed) << kThreadBits | this_thread) {
  open_traces.push_back(id_);
}

TraceScope::~TraceScope() {
  for (std::size_t i = 0; i < open_traces.size(); ++i) {
    if (open_traces[i] != id_) continue;
    open_traces.erase(i);
    return;
  }
}

bool is_watched(const Node& node) noexcept {
  return !open_traces.empty() && node.trace() >= open_traces.front();
}

bool was_watched_here(const Node& node) noexcept {
  return node.trace() != 0 && node.trace() % (std::uint64_t{1} << kThreadBits) == this_thread;
}

bool is_variable(const Node& node) noexcept {
  if (node.op() != &kIdentity) return false;
  // Of the nodes that a transform watches, only its variables are made of nodes it does not watch.
  for (const Tensor& input : node.inputs()) {
    if (input.node()->trace() == node.trace()) return false;
  }
  return std::find(open_traces.begin(), open_traces.end(), node.trace()) != open_traces.end();
}

}  // namespace gradus
