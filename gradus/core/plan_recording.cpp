#include "gradus/core/plan_recording.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "gradus/base/error.h"
#include "gradus/core/dispatch.h"
#include "gradus/core/kernel_call.h"
#include "gradus/core/node.h"
#include "gradus/core/schedule.h"

namespace gradus {
namespace {

class Recorder {
 public:
  Recorder(const TracedGraph& graph, const Arguments& arguments)
      : graph_(graph), inputs_(arguments.inputs.size()), is_replaced_(arguments.states.size()) {
    record_.is_overwritten.resize(arguments.states.size());
    const Schedule order = schedule(graph);
    result_steps_ = order.results;
    add_arguments(arguments);
    add_steps(order);
    find_ends();
  }

  PlanRecording run() {
    for (std::size_t step = 0; step < record_.steps.size(); ++step) run(step);
    const std::uint64_t end = log_.tick();
    for (Storage& storage : record_.storages) {
      if (storage.last_use == kForever) storage.interval.end = end;
    }
    record_.scratch = log_.intervals();
    for (const Tensor& result : graph_.results) record_.results.push_back(exit_of(result));
    for (std::size_t i = 0; i < graph_.updates.size(); ++i) {
      record_.updates.push_back(update_of(i));
    }
    return std::move(record_);
  }

 private:
  void add_arguments(const Arguments& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const Tensor& placeholder = i < inputs_ ? graph_.inputs[i] : graph_.states[i - inputs_];
      first_value_.emplace(placeholder.node(), i);
      add_value(arguments[i].array(), Storage::Kind::argument, i);
    }
  }

  /// A value in storage of its own.
  void add_value(const Array& array, Storage::Kind kind, std::size_t argument) {
    const std::size_t value = record_.values.size();
    record_.values.push_back({.array = array, .storage = record_.storages.size()});
    record_.storages.push_back({.kind = kind, .argument = argument, .values = {value}});
  }

  /// The value of a tensor. Constants are added when they are met.
  std::size_t value_of(const Tensor& tensor) {
    const auto [place, is_new] = first_value_.emplace(tensor.node(), record_.values.size());
    if (is_new) {
      for (const Array& output : tensor.node()->outputs()) {
        add_value(output, Storage::Kind::constant, 0);
      }
    }
    return place->second + tensor.output_index();
  }

  void add_steps(const Schedule& order) {
    for (Node* node : order.order) {
      const std::size_t number = record_.steps.size();
      PlannedStep& step = record_.steps.emplace_back();
      step.op = node->op();
      step.phase = node->phase();
      step.attributes = node->attributes();
      for (const Tensor& input : node->inputs()) {
        step.inputs.push_back(value_of(input));
        record_.values[step.inputs.back()].last_use = number;
      }
      step.first_output = record_.values.size();
      step.outputs = node->outputs().size();
      first_value_.emplace(node, step.first_output);
      for (const Array& output : node->outputs()) {
        record_.values.push_back({.array = output, .last_use = number});
      }
    }
  }

  /// When arguments and outputs of the function are used last.
  void find_ends() {
    for (const Tensors* outputs : {&graph_.results, &graph_.updates}) {
      for (const Tensor& output : *outputs) record_.values[value_of(output)].last_use = kForever;
    }
    for (std::size_t i = 0; i < is_replaced_.size(); ++i) {
      is_replaced_[i] = record_.values[inputs_ + i].last_use != kForever;
    }
    for (Storage& storage : record_.storages) {
      storage.last_use = record_.values[storage.values[0]].last_use;
    }
  }

  void run(std::size_t number) {
    PlannedStep& step = record_.steps[number];
    find_donatable(number);
    find_unchanged(number);
    SmallVector<const Array*, 4> inputs;
    SmallVector<Array, 2> outputs;
    for (const std::size_t value : step.inputs) inputs.push_back(&record_.values[value].array);
    for (std::size_t i = 0; i < step.outputs; ++i) outputs.push_back(output(step, i).array);
    step.origins.resize(step.outputs);
    const KernelContext context(
        *step.op, step.attributes, {inputs.data(), inputs.size()}, {outputs.data(), outputs.size()},
        {step.donatable.data(), step.donatable.size()}, step.origins.data(), step.prepared.get());
    const std::uint64_t start = log_.tick();
    step.first_scratch = log_.intervals().size();
    {
      const AllocationSourceScope scope(&log_);
      step.kernel = &choose_kernel(context);
      call_kernel(*step.kernel, context, step.phase);
    }
    step.scratch_end = log_.intervals().size();
    for (std::size_t i = 0; i < step.outputs; ++i) output(step, i).array = std::move(outputs[i]);
    for (std::size_t i = 0; i < step.outputs; ++i) store(number, i, start);
    retire(number);
  }

  PlannedValue& output(const PlannedStep& step, std::size_t i) {
    return record_.values[step.first_output + i];
  }

  /// An input may be overwritten if nothing uses its storage later, nor this step twice.
  void find_donatable(std::size_t number) {
    PlannedStep& step = record_.steps[number];
    for (const std::size_t value : step.inputs) {
      const std::size_t place = record_.values[value].storage;
      const auto uses = std::count_if(step.inputs.begin(), step.inputs.end(), [&](std::size_t v) {
        return record_.values[v].storage == place;
      });
      const Storage& storage = record_.storages[place];
      step.donatable.push_back(uses == 1 && storage.last_use == number &&
                               may_overwrite(storage, number));
    }
  }

  /// Constants, and states that the function leaves alone.
  void find_unchanged(std::size_t number) {
    PlannedStep& step = record_.steps[number];
    SmallVector<bool, 4> keeps;
    SmallVector<std::size_t, 1> states;
    for (const std::size_t value : step.inputs) {
      const Storage& storage = record_.storages[record_.values[value].storage];
      const bool is_state = storage.kind == Storage::Kind::argument &&
                            storage.argument >= inputs_ &&
                            !is_replaced_[storage.argument - inputs_];
      keeps.push_back(is_state || storage.kind == Storage::Kind::constant);
      if (is_state) states.push_back(storage.argument);
    }
    if (std::find(keeps.begin(), keeps.end(), true) == keeps.end()) return;
    step.prepared = std::make_shared<PreparedInputs>(std::move(keeps), std::move(states));
  }

  bool may_overwrite(const Storage& storage, std::size_t step) const {
    if (storage.kind == Storage::Kind::arena) return true;
    return storage.kind == Storage::Kind::argument && storage.argument >= inputs_ &&
           is_replaced_[storage.argument - inputs_] && step >= result_steps_;
  }

  /// Finds the storage of an output, and how long it lives.
  void store(std::size_t number, std::size_t i, std::uint64_t start) {
    const PlannedStep& step = record_.steps[number];
    PlannedValue& value = output(step, i);
    const StorageOrigin& origin = step.origins[i];
    if (origin.kind == StorageOrigin::Kind::none || log_.open() > 0) {
      throw Error(ErrorCode::internal, step.op->name,
                  "the kernel keeps memory that compile() knows nothing of");
    }
    if (origin.kind == StorageOrigin::Kind::allocated) {
      value.storage = record_.storages.size();
      Storage& storage = record_.storages.emplace_back();
      storage.interval = {value.array.buffer.bytes(), start, 0};
    } else {
      value.storage = record_.values[step.inputs[origin.input]].storage;
    }
    Storage& storage = record_.storages[value.storage];
    storage.values.push_back(step.first_output + i);
    storage.last_use = std::max(storage.last_use, value.last_use);
    if (storage.last_use == kForever && storage.kind == Storage::Kind::arena) {
      storage.kind = Storage::Kind::leaving;
    }
    const bool overwrites = origin.kind == StorageOrigin::Kind::donated;
    if (overwrites && storage.kind == Storage::Kind::argument) {
      record_.is_overwritten[storage.argument - inputs_] = true;
    }
  }

  /// Frees what this step was the last to use.
  void retire(std::size_t number) {
    const PlannedStep& step = record_.steps[number];
    const std::uint64_t end = log_.tick();
    const auto retire_value = [&](std::size_t value) {
      Storage& storage = record_.storages[record_.values[value].storage];
      if (storage.kind != Storage::Kind::arena || storage.last_use != number) return;
      storage.interval.end = end;
      for (const std::size_t v : storage.values) record_.values[v].array.buffer = Buffer();
    };
    for (const std::size_t value : step.inputs) retire_value(value);
    for (std::size_t i = 0; i < step.outputs; ++i) retire_value(step.first_output + i);
  }

  Exit exit_of(const Tensor& tensor) {
    const std::size_t value = value_of(tensor);
    const Storage& storage = record_.storages[record_.values[value].storage];
    if (value < inputs_ + is_replaced_.size()) {
      return {.kind = Exit::Kind::argument, .argument = value};
    }
    switch (storage.kind) {
      case Storage::Kind::argument:
        return {.kind = Exit::Kind::view, .argument = storage.argument, .value = value};
      case Storage::Kind::constant:
        return {.kind = Exit::Kind::constant,
                .constant = Tensor::from_array(record_.values[value].array)};
      default:
        return {.kind = Exit::Kind::leaf, .value = value};
    }
  }

  Exit update_of(std::size_t state) {
    Exit exit = exit_of(graph_.updates[state]);
    const std::size_t argument = inputs_ + state;
    if (exit.argument != argument) return exit;
    if (exit.kind == Exit::Kind::argument) exit.kind = Exit::Kind::kept;
    if (exit.kind == Exit::Kind::view) {
      const Array& before = record_.values[argument].array;
      const Array& after = record_.values[exit.value].array;
      if (before.strides == after.strides && before.offset == after.offset &&
          before.shape == after.shape && before.dtype == after.dtype) {
        exit.kind = Exit::Kind::kept;
      }
    }
    return exit;
  }

  const TracedGraph& graph_;
  std::size_t inputs_;             // of the function; the arguments behind them are states
  std::vector<bool> is_replaced_;  // of a state: it gets a new value, and nobody wants the old one
  std::size_t result_steps_ = 0;
  std::unordered_map<const Node*, std::size_t> first_value_;
  AllocationLog log_;
  PlanRecording record_;
};

}  // namespace

bool PlannedStep::moves_nothing() const {
  return std::all_of(origins.begin(), origins.end(), [](const StorageOrigin& origin) {
    return origin.kind == StorageOrigin::Kind::shared;
  });
}

PlanRecording record_plan(const TracedGraph& graph, const Arguments& arguments) {
  return Recorder(graph, arguments).run();
}

Outputs take_outputs(const PlanRecording& record, const Arguments& arguments) {
  const auto take = [&](const Exit& exit) {
    switch (exit.kind) {
      case Exit::Kind::kept:
      case Exit::Kind::argument:
        return arguments[exit.argument];
      case Exit::Kind::constant:
        return exit.constant;
      default:
        return Tensor::from_array(record.values[exit.value].array);
    }
  };
  Outputs results;
  for (const Exit& exit : record.results) results.push_back(take(exit));
  Tensors updates;
  for (const Exit& exit : record.updates) updates.push_back(take(exit));
  for (std::size_t i = 0; i < updates.size(); ++i) *arguments.states[i] = std::move(updates[i]);
  return results;
}

bool is_owned(const Tensor& state) {
  return state.node()->exclusive() && state.array().buffer.exclusive();
}

void own(Tensor& state) {
  const Array& array = state.array();
  Array copy{.shape = array.shape, .dtype = array.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(copy);
  if (is_dense(array.shape, array.strides)) copy.strides = array.strides;
  copy_strided(array.shape, size_of(array.dtype), array.bytes(), array.strides,
               copy.mutable_bytes(), copy.strides);
  state = Tensor::from_array(std::move(copy));
}

}  // namespace gradus
