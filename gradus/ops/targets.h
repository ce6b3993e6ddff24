// Internal: which of a kernel's versions runs on this processor.
#pragma once

#include <cstddef>
#include <cstdint>

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

/// The best target of those that are compiled and that this processor offers: HWY_AVX2, say.
std::int64_t best_target();

namespace internal {
std::size_t find_target_place();
}

/// Where best_target() stands in the tables of GRADUS_EXPORT.
inline std::size_t target_place() {
  static const std::size_t place = internal::find_target_place();
  return place;
}

}  // namespace gradus
