#include "gradus/core/plan.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gradus/core/kernel_call.h"
#include "gradus/core/node.h"
#include "gradus/memory/allocator.h"
#include "gradus/memory/pack_intervals.h"

namespace gradus {
namespace {

/// Gives kernels the scratch memory that was planned for a step, in the order in which the recorded
/// run asked for it. Other sizes (of another number of threads) come from the allocator.
class PlannedScratch final : public AllocationSource {
 public:
  void open(const std::unique_ptr<PlacedBlock>* begin, const std::unique_ptr<PlacedBlock>* end) {
    next_ = begin;
    end_ = end;
  }
  Buffer take(std::size_t bytes) override {
    // Behind a request that was not planned, lifetimes are others than those that were planned.
    if (next_ != end_ && (*next_)->bytes() != bytes) next_ = end_;
    return next_ == end_ ? Buffer() : (*next_++)->buffer();
  }

 private:
  const std::unique_ptr<PlacedBlock>* next_ = nullptr;
  const std::unique_ptr<PlacedBlock>* end_ = nullptr;
};

/// `array` as part of the storage that begins with the first element of `argument`.
void count_from(const Array& argument, Array& array) {
  const auto item = static_cast<std::int64_t>(size_of(array.dtype));
  const auto start = argument.offset * static_cast<std::int64_t>(size_of(argument.dtype));
  array.offset -= start / item;
}

}  // namespace

std::byte* Arena::reserve(std::size_t bytes) {
  if (buffer_.bytes() < bytes) {
    buffer_ = Buffer();
    buffer_ = allocate_exactly(bytes);
  }
  return buffer_.data();
}

bool Plan::Generation::is_free() const {
  if (!buffer || buffer.references() != 1 + leaves.size()) return false;
  return std::all_of(leaves.begin(), leaves.end(),
                     [](const Tensor& leaf) { return leaf.node()->exclusive(); });
}

Plan::Plan(const PlanRecording& record, std::size_t inputs)
    : results_(record.results), updates_(record.updates), inputs_(inputs) {
  for (std::size_t i = 0; i < inputs + updates_.size(); ++i) argument_blocks_.emplace_back(0);
  pack(record);
  place_values(record);
  add_leaving(record);
  add_steps(record);
  for (std::size_t i = 0; i < updates_.size(); ++i) {
    if (record.is_overwritten[i]) overwritten_.push_back(i);
    if (updates_[i].kind != Exit::Kind::kept) updated_.push_back(i);
  }
}

/// Finds places in the arena for storages and scratch memory.
void Plan::pack(const PlanRecording& record) {
  std::vector<Interval> intervals;
  for (const Storage& storage : record.storages) {
    storage_blocks_.push_back(std::make_unique<PlacedBlock>(storage.interval.bytes));
    if (storage.kind != Storage::Kind::arena) continue;
    intervals.push_back(storage.interval);
    in_arena_.push_back({0, storage_blocks_.back().get()});
  }
  for (const Interval& interval : record.scratch) {
    scratch_blocks_.push_back(std::make_unique<PlacedBlock>(interval.bytes));
    intervals.push_back(interval);
    in_arena_.push_back({0, scratch_blocks_.back().get()});
  }
  const Packing packing = pack_intervals(intervals);
  for (std::size_t i = 0; i < in_arena_.size(); ++i) in_arena_[i].offset = packing.offsets[i];
  arena_bytes_ = packing.bytes;
}

void Plan::place_values(const PlanRecording& record) {
  for (const PlannedValue& value : record.values) {
    const Storage& storage = record.storages[value.storage];
    Array& array = values_.emplace_back(value.array);
    storage_of_.push_back(value.storage);
    if (storage.kind == Storage::Kind::constant) continue;
    if (storage.kind == Storage::Kind::argument) {
      count_from(record.values[storage.argument].array, array);
      array.buffer = argument_blocks_[storage.argument].buffer();
    } else {
      array.buffer = storage_blocks_[value.storage]->buffer();
    }
  }
}

void Plan::add_leaving(const PlanRecording& record) {
  leaving_of_.resize(record.storages.size());
  for (std::size_t i = 0; i < record.storages.size(); ++i) {
    const Storage& storage = record.storages[i];
    if (storage.kind != Storage::Kind::leaving) continue;
    leaving_of_[i] = leaving_.size();
    leaving_.push_back(
        std::make_unique<Leaving>(Leaving{storage.interval.bytes, {}, storage_blocks_[i].get()}));
  }
  for (const std::vector<Exit>* exits : {&results_, &updates_}) {
    for (const Exit& exit : *exits) {
      if (exit.kind != Exit::Kind::leaf) continue;
      auto& values = leaving_[leaving_of_[storage_of_[exit.value]]]->values;
      if (std::find(values.begin(), values.end(), exit.value) == values.end()) {
        values.push_back(exit.value);
      }
    }
  }
}

void Plan::add_steps(const PlanRecording& record) {
  std::size_t inputs = 0;
  for (const PlannedStep& step : record.steps) inputs += step.inputs.size();
  step_inputs_.reserve(inputs);
  step_attributes_.reserve(record.steps.size());
  step_donatable_ = std::make_unique<bool[]>(inputs);
  for (const PlannedStep& step : record.steps) {
    if (step.moves_nothing()) continue;
    const std::size_t first = step_inputs_.size();
    const std::size_t count = step.inputs.size();
    for (std::size_t i = 0; i < count; ++i) {
      step_inputs_.push_back(&values_[step.inputs[i]]);
      step_donatable_[first + i] = step.donatable[i];
    }
    step_attributes_.push_back(step.attributes);
    const KernelContext context(
        *step.op, step_attributes_.back(), {step_inputs_.data() + first, count},
        {values_.data() + step.first_output, step.outputs}, {step_donatable_.get() + first, count},
        nullptr, step.prepared.get());
    steps_.push_back({step.kernel, step.phase, context.planned(),
                      scratch_blocks_.data() + step.first_scratch,
                      scratch_blocks_.data() + step.scratch_end, step.prepared});
    if (step.prepared) watch(*step.prepared);
  }
}

bool Plan::accepts(const Arguments& arguments) {
  if (arguments.inputs.size() != inputs_ || arguments.size() != argument_blocks_.size()) {
    return false;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Array& array = arguments[i].array();
    const Array& planned = values_[i];
    if (array.dtype != planned.dtype || !(array.shape == planned.shape) ||
        !(array.strides == planned.strides)) {
      return false;
    }
    argument_blocks_[i].place(array.bytes());
  }
  return true;
}

Outputs Plan::replay(const Arguments& arguments, Arena& arena) {
  check_prepared(arguments);
  own_states(arguments);
  place_arena(arena);
  for (const auto& leaving : leaving_) renew(*leaving);
  PlannedScratch scratch;
  const AllocationSourceScope scope(&scratch);
  for (const Step& step : steps_) {
    scratch.open(step.scratch, step.scratch_end);
    if (step.prepared) step.prepared->begin_call();
    call_kernel(*step.kernel, step.context, step.phase);
  }
  hold_prepared(arguments);
  Outputs outputs;
  for (const Exit& exit : results_) outputs.push_back(output(exit, arguments));
  SmallVector<Tensor, 4> states;
  for (const std::size_t i : updated_) states.push_back(output(updates_[i], arguments));
  for (std::size_t i = 0; i < updated_.size(); ++i) {
    *arguments.states[updated_[i]] = std::move(states[i]);
  }
  return outputs;
}

void Plan::watch(PreparedInputs& prepared) {
  for (const std::size_t argument : prepared.states()) {
    const auto place = std::find_if(watched_.begin(), watched_.end(), [&](const Watched& watched) {
      return watched.argument == argument;
    });
    Watched& watched = place == watched_.end() ? watched_.emplace_back(Watched{argument}) : *place;
    watched.users.push_back(&prepared);
  }
}

/// What was made of a state that has another value now is made anew, and so is what a call made
/// that failed before its states were held.
void Plan::check_prepared(const Arguments& arguments) {
  for (Watched& watched : watched_) {
    const Tensor& now = arguments[watched.argument];
    if (watched.value.defined() && watched.value.node() == now.node()) continue;
    for (PreparedInputs* user : watched.users) user->forget();
    watched.value = Tensor();
  }
}

void Plan::hold_prepared(const Arguments& arguments) {
  for (Watched& watched : watched_) {
    if (watched.value.defined()) continue;
    const auto is_used = [](const PreparedInputs* user) { return !user->is_empty(); };
    if (std::any_of(watched.users.begin(), watched.users.end(), is_used)) {
      watched.value = arguments[watched.argument];
    }
  }
}

void Plan::forget_prepared() {
  for (const Step& step : steps_) {
    if (step.prepared) step.prepared->forget();
  }
  for (Watched& watched : watched_) watched.value = Tensor();
}

/// States that are overwritten belong to nobody else.
void Plan::own_states(const Arguments& arguments) {
  for (const std::size_t i : overwritten_) {
    Tensor& state = *arguments.states[i];
    if (is_owned(state)) {
      state.node()->forget_row_major();
      continue;
    }
    own(state);
    argument_blocks_[inputs_ + i].place(state.array().bytes());
  }
}

void Plan::place_arena(Arena& arena) {
  std::byte* const place = arena.reserve(arena_bytes_);
  if (place == arena_) return;
  for (const InArena& entry : in_arena_) entry.block->place(place + entry.offset);
  arena_ = place;
}

/// Finds a generation that nobody holds any more, or makes one.
void Plan::renew(Leaving& leaving) {
  leaving.current ^= 1;
  if (!leaving.generations[leaving.current].is_free() &&
      leaving.generations[leaving.current ^ 1].is_free()) {
    leaving.current ^= 1;
  }
  Generation& generation = leaving.generations[leaving.current];
  if (generation.is_free()) {
    for (const Tensor& leaf : generation.leaves) leaf.node()->forget_row_major();
  } else {
    generation = {allocate(leaving.bytes), {}};
    for (const std::size_t value : leaving.values) {
      Array array = values_[value];
      array.buffer = generation.buffer;
      generation.leaves.push_back(Tensor::from_array(std::move(array)));
    }
  }
  leaving.block->place(generation.buffer.data());
}

Tensor Plan::output(const Exit& exit, const Arguments& arguments) {
  switch (exit.kind) {
    case Exit::Kind::kept:
    case Exit::Kind::argument:
      return arguments[exit.argument];
    case Exit::Kind::constant:
      return exit.constant;
    case Exit::Kind::view: {
      const Array& argument = arguments[exit.argument].array();
      Array array = values_[exit.value];
      const auto start = argument.offset * static_cast<std::int64_t>(size_of(argument.dtype));
      array.offset += start / static_cast<std::int64_t>(size_of(array.dtype));
      array.buffer = argument.buffer;
      return Tensor::from_array(std::move(array));
    }
    case Exit::Kind::leaf:
      break;
  }
  const Leaving& leaving = *leaving_[leaving_of_[storage_of_[exit.value]]];
  const auto place = std::find(leaving.values.begin(), leaving.values.end(), exit.value);
  return leaving.generations[leaving.current]
      .leaves[static_cast<std::size_t>(place - leaving.values.begin())];
}

}  // namespace gradus
