// Internal: what kernels make of inputs that a compiled function does not change.
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

#include "gradus/base/small_vector.h"
#include "gradus/memory/buffer.h"

namespace gradus {

/// For one kernel call of a plan. A kernel asks for the same things in the same order in each call.
class PreparedInputs {
 public:
  /// `keeps`: for each input, whether what is made of it stays right until somebody else gives one
  /// of `states`, arguments of the plan, another value.
  PreparedInputs(SmallVector<bool, 4> keeps, SmallVector<std::size_t, 1> states)
      : keeps_(std::move(keeps)), states_(std::move(states)) {}

  void begin_call() { next_ = 0; }
  bool keeps(std::size_t input) const { return keeps_[input]; }
  const SmallVector<std::size_t, 1>& states() const { return states_; }
  bool is_empty() const { return kept_.empty(); }
  /// What was kept in an earlier call, or nullptr.
  const Buffer* next([[maybe_unused]] std::size_t bytes) {
    if (next_ == kept_.size()) return nullptr;
    assert(kept_[next_].bytes() == bytes);
    return &kept_[next_++];
  }
  void keep(Buffer made) {
    kept_.push_back(std::move(made));
    next_ = kept_.size();
  }
  void forget() { kept_.clear(); }

 private:
  SmallVector<bool, 4> keeps_;
  SmallVector<std::size_t, 1> states_;
  std::vector<Buffer> kept_;
  std::size_t next_ = 0;
};

}  // namespace gradus
