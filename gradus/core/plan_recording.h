// Internal: the first run of a compiled function for a signature, which shows what the next ones
// have to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gradus/core/compile.h"
#include "gradus/core/op_def.h"
#include "gradus/core/phase.h"
#include "gradus/core/prepared_inputs.h"
#include "gradus/core/traced_graph.h"
#include "gradus/memory/allocation_log.h"

namespace gradus {

/// The tensors that a compiled function is called with, and those it keeps.
struct Arguments {
  std::span<const Tensor* const> inputs;
  std::span<Tensor* const> states;

  std::size_t size() const { return inputs.size() + states.size(); }
  /// Inputs, then states.
  const Tensor& operator[](std::size_t i) const {
    return i < inputs.size() ? *inputs[i] : *states[i - inputs.size()];
  }
};

/// Memory that one or more values live in.
struct Storage {
  enum class Kind {
    argument,  ///< of an input or a state
    constant,
    arena,    ///< used and freed within a call
    leaving,  ///< of results and new states
  };
  Kind kind = Kind::arena;
  std::size_t argument = 0;  ///< which
  std::size_t last_use = 0;  ///< step, so far
  Interval interval = {};    ///< of arena and leaving storage
  std::vector<std::size_t> values;
};

inline constexpr std::size_t kForever = ~std::size_t{0};

/// A value: an argument, a constant or an output of a step.
struct PlannedValue {
  Array array;
  std::size_t last_use = 0;  ///< step; kForever if it is an output of the function
  std::size_t storage = 0;
};

/// A kernel call.
struct PlannedStep {
  const OpDef* op = nullptr;
  Attributes attributes = {};
  const Kernel* kernel = nullptr;
  Phase phase = Phase::forward;
  SmallVector<std::size_t, 4> inputs = {};  ///< values
  std::size_t first_output = 0;             ///< value
  std::size_t outputs = 0;
  SmallVector<bool, 4> donatable = {};
  SmallVector<StorageOrigin, 2> origins = {};
  std::shared_ptr<PreparedInputs> prepared = nullptr;  ///< where some input does not change
  std::size_t first_scratch = 0;  ///< interval of the log
  std::size_t scratch_end = 0;

  /// True if it only shows its inputs' storage in another way.
  bool moves_nothing() const;
};

/// Where an output of the function comes from.
struct Exit {
  enum class Kind {
    kept,      ///< a state that stays where it is, with its old or its new value
    argument,  ///< an argument as it was before the call
    constant,
    view,  ///< a value in the storage of an argument
    leaf,  ///< a value in storage of its own
  };
  Kind kind = Kind::kept;
  std::size_t argument = 0;  ///< which
  std::size_t value = 0;     ///< of view and leaf
  Tensor constant = {};
};

/// What running a graph once on arguments has shown.
struct PlanRecording {
  std::vector<PlannedValue> values;  ///< the arguments first
  std::vector<PlannedStep> steps;
  std::vector<Storage> storages;
  std::vector<Interval> scratch;     ///< allocated and freed within kernels
  std::vector<Exit> results;         ///< one per result
  std::vector<Exit> updates;         ///< one per state
  std::vector<bool> is_overwritten;  ///< one per state: some step writes into its storage
};

/// Runs the graph. The storage of a state that gets a new value may be overwritten, by steps that
/// no result needs: the caller makes sure that nobody else holds it.
PlanRecording record_plan(const TracedGraph& graph, const Arguments& arguments);

/// The results of the recorded run itself. Gives the states their new values.
Outputs take_outputs(const PlanRecording& record, const Arguments& arguments);

/// True if nobody else holds the value of `state`, so that it may be overwritten.
bool is_owned(const Tensor& state);
/// Gives `state` storage of its own without gaps, with the same value.
void own(Tensor& state);

}  // namespace gradus
