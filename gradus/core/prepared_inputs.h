// Internal: what kernels make of inputs that are the same in every call of a compiled function.
#pragma once

#include <cstddef>
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
  const Buffer* next() { return next_ < kept_.size() ? &kept_[next_++] : nullptr; }
  void keep(Buffer made) {
    kept_.push_back(std::move(made));
    next_ = kept_.size();
  }

 private:
  SmallVector<bool, 4> is_constant_;
  std::vector<Buffer> kept_;
  std::size_t next_ = 0;
};

}  // namespace gradus
