#include "gradus/core/node.h"

#include <utility>

namespace gradus {
namespace {

// The id of this thread's outermost open transform, or 0. Ids grow, so a node is watched exactly if
// its id is not below this one: the transforms opened since then are inside it.
thread_local std::uint64_t outermost_trace = 0;
std::atomic<std::uint64_t> next_trace{1};

}  // namespace

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

TraceScope::TraceScope()
    : id_(next_trace.fetch_add(1, std::memory_order_relaxed)),
      previous_outermost_(outermost_trace) {
  if (outermost_trace == 0) outermost_trace = id_;
}

TraceScope::~TraceScope() { outermost_trace = previous_outermost_; }

bool is_watched(const Node& node) noexcept {
  return outermost_trace != 0 && node.trace() >= outermost_trace;
}

}  // namespace gradus
