#include "gradus/core/node.h"

#include <utility>

namespace gradus {
namespace {

// This thread's open transforms, oldest first. Ids grow, so a node is watched exactly if its id is
// not below the first: the transforms opened since then are inside that one, or newer.
thread_local SmallVector<std::uint64_t, 8> open_traces;
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

TraceScope::TraceScope() : id_(next_trace.fetch_add(1, std::memory_order_relaxed)) {
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

}  // namespace gradus
