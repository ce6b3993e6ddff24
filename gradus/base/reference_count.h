#pragma once

#include <cstdint>

#include "gradus/base/single_thread.h"

namespace gradus {

/// A count of references, at first 1, that several threads may change. By the compiler's builtins:
/// <atomic> would add a quarter to the time to include a tensor.
class ReferenceCount {
 public:
  void add() noexcept {
    if (is_single_threaded()) {
      ++count_;
    } else {
      __atomic_fetch_add(&count_, 1, __ATOMIC_RELAXED);
    }
  }
  /// True if that was the last reference. The last one needs no atomic subtraction: nobody else can
  /// add one.
  bool drop() noexcept {
    if (is_single_threaded()) return --count_ == 0;
    return value() == 1 || __atomic_fetch_sub(&count_, 1, __ATOMIC_ACQ_REL) == 1;
  }
  /// Back to one reference, for a thing that is used again.
  void reset() noexcept { __atomic_store_n(&count_, 1, __ATOMIC_RELAXED); }
  std::uint32_t value() const noexcept { return __atomic_load_n(&count_, __ATOMIC_ACQUIRE); }

 private:
  std::uint32_t count_ = 1;
};

}  // namespace gradus
