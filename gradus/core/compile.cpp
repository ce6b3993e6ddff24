#include "gradus/core/compile.h"

#include <algorithm>
#include <list>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/graph_walk.h"
#include "gradus/core/node.h"
#include "gradus/core/passes.h"
#include "gradus/core/placeholder.h"
#include "gradus/core/plan.h"
#include "gradus/core/plan_report.h"
#include "gradus/core/switches.h"
#include "gradus/memory/allocator.h"

namespace gradus::internal {
namespace {

/// Gives the states of a function placeholders, and on destruction their values back.
class PlaceheldStates {
 public:
  PlaceheldStates(std::span<Tensor* const> states, const TraceScope& scope) : states_(states) {
    for (Tensor* state : states) {
      placeholders_.push_back(make_placeholder(scope, state->array()));
      values_.push_back(std::exchange(*state, placeholders_.back()));
    }
  }
  ~PlaceheldStates() {
    for (std::size_t i = 0; i < values_.size(); ++i) *states_[i] = std::move(values_[i]);
  }
  PlaceheldStates(const PlaceheldStates&) = delete;
  PlaceheldStates& operator=(const PlaceheldStates&) = delete;

  const Tensors& placeholders() const { return placeholders_; }
  /// What the function has made of them.
  Tensors updates() const {
    Tensors updates;
    for (const Tensor* state : states_) updates.push_back(*state);
    return updates;
  }

 private:
  std::span<Tensor* const> states_;
  Tensors placeholders_;
  Tensors values_;
};

void require_defined(const char* what, const Tensors& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].defined()) continue;
    throw Error(ErrorCode::invalid_argument, "compile",
                fmt::format("{} {} of the function is an undefined tensor", what, i));
  }
}

Tensors outputs_of(const TracedGraph& graph) {
  Tensors outputs = graph.results;
  outputs.insert(outputs.end(), graph.updates.begin(), graph.updates.end());
  return outputs;
}

/// True if nodes that compute with the placeholders live on outside `graph`: then the function gave
/// something a new value that it does not name as its state.
bool is_kept_outside(const TracedGraph& graph) {
  std::unordered_map<const Node*, std::uint32_t> uses;
  for (const Node* node : topological_order(outputs_of(graph))) {
    // Operations outside the registry may hold a function, and that may hold tensors.
    if (!node->op()->samples && node->op() != &kPlaceholder) return false;
    for (const Tensor& input : node->inputs()) ++uses[input.node()];
  }
  for (const Tensors* list : {&graph.inputs, &graph.states, &graph.results, &graph.updates}) {
    for (const Tensor& tensor : *list) ++uses[tensor.node()];
  }
  const auto has_other_uses = [&](const Tensor& placeholder) {
    return placeholder.node()->references() > uses[placeholder.node()];
  };
  return std::any_of(graph.inputs.begin(), graph.inputs.end(), has_other_uses) ||
         std::any_of(graph.states.begin(), graph.states.end(), has_other_uses);
}

TracedGraph trace(const Traceable& function, const Arguments& arguments, const TraceScope& scope,
                  const SourceLocation& where) {
  TracedGraph graph;
  for (const Tensor* input : arguments.inputs) {
    graph.inputs.push_back(make_placeholder(scope, input->array()));
  }
  const Tracing tracing(where, arguments.states);
  const PlaceheldStates states(arguments.states, scope);
  graph.states = states.placeholders();
  const Outputs results = function.call(function.object, graph.inputs);
  graph.results.assign(results.begin(), results.end());
  graph.updates = states.updates();
  require_defined("result", graph.results);
  require_defined("state", graph.updates);
  return graph;
}

/// Rewrites the graph by all passes, and writes down how many nodes each has left.
void improve(TracedGraph& graph, PlanReport& report) {
  Tensors outputs = outputs_of(graph);
  report.add_pass("trace", outputs);
  for (const Pass& pass : compile_passes()) {
    outputs = pass.run(outputs);
    report.add_pass(pass.name, outputs);
  }
  const auto results = static_cast<std::ptrdiff_t>(graph.results.size());
  graph.results.assign(outputs.begin(), outputs.begin() + results);
  graph.updates.assign(outputs.begin() + results, outputs.end());
}

bool is_in_transform(const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (is_watched(*arguments[i].node())) return true;
  }
  return false;
}

/// Calls the function itself.
Outputs call_directly(const Traceable& function, std::span<const Tensor* const> inputs) {
  Tensors list;
  for (const Tensor* input : inputs) list.push_back(*input);
  return function.call(function.object, list);
}

}  // namespace

Tensors to_tensors(std::span<const Tensor> tensors) { return {tensors.begin(), tensors.end()}; }

/// Weights as kernels read them are kept for one signature, the last used: all together may be many
/// times the model.
struct Plans::Held {
  explicit Held(const SourceLocation& place) : where(place) {}

  /// The tensors that the states lie in now, each once.
  std::span<Tensor* const> find_states(const Traceable& function);
  Plan* find_plan(const Arguments& arguments);
  Outputs make_plan(const Traceable& function, const Arguments& arguments);

  SourceLocation where;
  std::list<Plan> plans;  // the last used first
  Arena arena;
  StateAddresses given;     // as the function names them, tied ones several times
  StateAddresses distinct;  // of these, each once
};

std::span<Tensor* const> Plans::Held::find_states(const Traceable& function) {
  StateAddresses now;
  function.add_state(function.object, now);
  if (!(now == given)) {
    distinct.clear();
    std::unordered_set<const Tensor*> met;
    for (Tensor* state : now) {
      if (met.insert(state).second) distinct.push_back(state);
    }
    given = std::move(now);
  }
  for (const Tensor* state : distinct) {
    if (state->defined()) continue;
    throw Error(ErrorCode::invalid_argument, "compile", "a state is an undefined tensor");
  }
  return {distinct.data(), distinct.size()};
}

Plan* Plans::Held::find_plan(const Arguments& arguments) {
  for (auto plan = plans.begin(); plan != plans.end(); ++plan) {
    if (!plan->accepts(arguments)) continue;
    if (plan != plans.begin()) plans.front().forget_prepared();
    plans.splice(plans.begin(), plans, plan);
    return &*plan;
  }
  return nullptr;
}

Outputs Plans::Held::make_plan(const Traceable& function, const Arguments& arguments) {
  PlanReport report;
  const TraceScope scope;
  TracedGraph graph = trace(function, arguments, scope, where);
  if (is_kept_outside(graph)) {
    throw Error(ErrorCode::invalid_argument, "compile",
                "the function gives a tensor a new value that lives on outside and is not named as "
                "its state; name it: compile(f, FunctionState::of(model, optimizer, tensor))",
                {}, where);
  }
  improve(graph, report);
  for (Tensor* state : arguments.states) {
    if (is_owned(*state)) {
      state->node()->forget_row_major();
    } else {
      own(*state);
    }
  }
  Outputs outputs;
  {
    const PlanRecording record = record_plan(graph, arguments);
    outputs = take_outputs(record, arguments);
    if (!plans.empty()) plans.front().forget_prepared();
    plans.emplace_front(record, arguments.inputs.size());
    plans.front().hold_prepared(arguments);
    if (is_traced("compile")) report.print(record, plans.front().arena_bytes(), where);
  }
  // Calls to come have the arena: both at once would be twice the memory.
  constexpr std::size_t kMuch = std::size_t{1} << 20;
  if (plans.front().arena_bytes() >= kMuch) clear_memory_cache();
  return outputs;
}

Plans::Plans(const SourceLocation& where) : held_(new Held(where)) {}

Plans::~Plans() { delete held_; }

std::size_t Plans::size() const { return held_->plans.size(); }

Outputs Plans::call(const Traceable& function, std::span<const Tensor* const> inputs) {
  for (const Tensor* input : inputs) {
    if (input->defined()) continue;
    throw Error(ErrorCode::invalid_argument, "compile", "an input is an undefined tensor");
  }
  const Arguments arguments{inputs, held_->find_states(function)};
  if (Tracing::is_under_way()) Tracing::require_states(arguments.states, held_->where);
  if (Tracing::is_under_way() || is_eager() || is_in_transform(arguments)) {
    return call_directly(function, inputs);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    // A state that is an input too is read as it was before the call.
    const auto state = std::find(arguments.states.begin(), arguments.states.end(), inputs[i]);
    if (state == arguments.states.end()) continue;
    const Tensor value = *inputs[i];
    SmallVector<const Tensor*, 8> others(inputs.begin(), inputs.end());
    others[i] = &value;
    return call(function, {others.data(), others.size()});
  }
  Plan* plan = held_->find_plan(arguments);
  if (plan) return plan->replay(arguments, held_->arena);
  // States without gaps can be overwritten: the next calls find them as this one leaves them.
  bool changed = false;
  for (Tensor* state : arguments.states) {
    const Array& array = state->array();
    if (is_dense(array.shape, array.strides)) continue;
    own(*state);
    changed = true;
  }
  if (changed) plan = held_->find_plan(arguments);
  if (plan) return plan->replay(arguments, held_->arena);
  return held_->make_plan(function, arguments);
}

}  // namespace gradus::internal
