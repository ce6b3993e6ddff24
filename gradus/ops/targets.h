// Internal: which of a kernel's versions runs on this processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gradus/base/parallel.h"

// A file that Highway compiles once for each instruction set ("target") exports a function, and
// calls the version for this processor:
//
//     #if HWY_ONCE
//     namespace gradus {
//     GRADUS_EXPORT(add_rows);
//     void add_rows(float* row) { GRADUS_DISPATCH(add_rows)(row); }
//     }  // namespace gradus
//     #endif
//
// These do what HWY_EXPORT and HWY_DYNAMIC_DISPATCH do. They need nothing from libhwy, which times
// the processor's clock for 5 ms whenever it is loaded: more than all else that a program loads.

#define GRADUS_EXPORT(FUNCTION)                                                        \
  static constexpr decltype(&HWY_STATIC_DISPATCH(FUNCTION)) FUNCTION##_of_target[] = { \
      HWY_CHOOSE_TARGET_LIST(FUNCTION), HWY_CHOOSE_FALLBACK(FUNCTION)}
#define GRADUS_DISPATCH(FUNCTION) (*FUNCTION##_of_target[::gradus::target_place()])

namespace gradus {

/// The targets that are compiled and that this processor offers (HWY_AVX2, say), the best first.
std::vector<std::int64_t> usable_targets();
/// The first of them, for which kernels run.
std::int64_t best_target();

namespace internal {
/// Where the version for a target stands in the tables of GRADUS_EXPORT.
std::size_t place_of(std::int64_t target);
}  // namespace internal

/// Where the version that runs on the calling thread stands in the tables of GRADUS_EXPORT.
inline std::size_t target_place() {
  static const std::size_t best = internal::place_of(best_target());
  const std::size_t choice = internal::inherited_choice;  // a place + 1, or 0: no choice
  return choice == 0 ? best : choice - 1;
}

/// While it lives, kernels that the calling thread starts run in their version for `target`, a
/// usable one. Other threads are not concerned. For tests.
class TargetScope {
 public:
  explicit TargetScope(std::int64_t target);
  ~TargetScope();
  TargetScope(const TargetScope&) = delete;
  TargetScope& operator=(const TargetScope&) = delete;

 private:
  std::size_t before_;
};

}  // namespace gradus
