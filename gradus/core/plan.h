// Internal: a compiled function for one signature.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "gradus/core/compile.h"
#include "gradus/core/plan_recording.h"
#include "gradus/memory/placed_block.h"

namespace gradus {

/// Memory that calls of a compiled function share; nothing in it outlives a call.
class Arena {
 public:
  /// At least `bytes`, at a place that may change when more is asked for.
  std::byte* reserve(std::size_t bytes);

 private:
  Buffer buffer_;
};

/// A list of kernel calls over arrays whose places were settled when it was made. Replaying it
/// builds no graph and chooses no kernel; what allocates is only what the caller keeps.
class Plan {
 public:
  /// `inputs`: how many of the recorded arguments are not states.
  Plan(const PlanRecording& record, std::size_t inputs);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// True if the plan is for arguments of these shapes, types and layouts; then it reads them.
  bool accepts(const Arguments& arguments);
  /// Computes results and new states of the arguments that were just accepted.
  Outputs replay(const Arguments& arguments, Arena& arena);
  /// Holds the states that kernels have made something of in the call that has just ended, so that
  /// nobody overwrites them, and another value of them is another tensor.
  void hold_prepared(const Arguments& arguments);

  std::size_t arena_bytes() const { return arena_bytes_; }
  /// Frees what kernels have made of their inputs; the next call makes it again.
  void forget_prepared();

 private:
  struct Step {
    const Kernel* kernel;
    Phase phase;
    KernelContext context;
    const std::unique_ptr<PlacedBlock>* scratch;
    const std::unique_ptr<PlacedBlock>* scratch_end;
    std::shared_ptr<PreparedInputs> prepared;
  };
  /// What one call of the plan let out of one storage.
  struct Generation {
    Buffer buffer;
    SmallVector<Tensor, 1> leaves;  // one per value that leaves
    bool is_free() const;
  };
  /// Storage of results and new states. Two generations take turns, so that the caller may hold the
  /// results of the last call while the next one runs; others are made if both are still held.
  struct Leaving {
    std::size_t bytes;
    SmallVector<std::size_t, 1> values;
    PlacedBlock* block;
    Generation generations[2] = {};
    std::size_t current = 0;
  };
  /// A state that kernels make something of, and the value that they made it of.
  struct Watched {
    std::size_t argument;
    SmallVector<PreparedInputs*, 2> users = {};
    Tensor value = {};
  };
  struct InArena {
    std::size_t offset;
    PlacedBlock* block;
  };

  void pack(const PlanRecording& record);
  void place_values(const PlanRecording& record);
  void add_leaving(const PlanRecording& record);
  void add_steps(const PlanRecording& record);
  Buffer buffer_of(const Storage& storage, std::size_t number);

  void watch(PreparedInputs& prepared);
  void check_prepared(const Arguments& arguments);
  void own_states(const Arguments& arguments);
  void place_arena(Arena& arena);
  void renew(Leaving& leaving);
  Tensor output(const Exit& exit, const Arguments& arguments);

  // Arrays refer to blocks, which must be destroyed after them.
  std::deque<PlacedBlock> argument_blocks_;
  std::vector<std::unique_ptr<PlacedBlock>> storage_blocks_;
  std::vector<std::unique_ptr<PlacedBlock>> scratch_blocks_;
  std::vector<std::unique_ptr<Leaving>> leaving_;
  std::vector<std::size_t> leaving_of_;  // storage
  std::vector<InArena> in_arena_;
  std::size_t arena_bytes_ = 0;
  std::byte* arena_ = nullptr;  // where blocks are placed now

  std::vector<Array> values_;
  std::vector<std::size_t> storage_of_;  // value
  std::vector<const Array*> step_inputs_;
  std::unique_ptr<bool[]> step_donatable_;
  std::vector<Attributes> step_attributes_;
  std::vector<Step> steps_;
  std::vector<Watched> watched_;
  std::vector<Exit> results_;
  std::vector<Exit> updates_;
  std::vector<std::size_t> overwritten_;  // states
  std::vector<std::size_t> updated_;      // states that do not stay where they are
  std::size_t inputs_ = 0;
};

}  // namespace gradus
