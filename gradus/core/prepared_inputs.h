// Internal: what kernels make of inputs that are the same in every call of a compiled function.
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
  explicit PreparedInputs(SmallVector<bool, 4> is_constant)
      : is_constant_(std::move(is_constant)) {}

  void begin_call() { next_ = 0; }
  /// True if what is made of the input stays right.
  bool keeps(std::size_t input) const { return is_constant_[input]; }
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
  SmallVector<bool, 4> is_constant_;
  std::vector<Buffer> kept_;
  std::size_t next_ = 0;
};

}  // namespace gradus
