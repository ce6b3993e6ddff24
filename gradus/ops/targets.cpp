#include "gradus/ops/targets.h"

#include <bit>
#include <utility>

#include <hwy/highway.h>

#if HWY_ARCH_X86
#include <cpuid.h>
#endif

namespace gradus {
namespace {

#if HWY_ARCH_X86

bool converts_half_precision() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

/// What Highway lets the compiler use in each target: HWY_TARGET_STR in hwy/ops/set_macros-inl.h.
std::int64_t supported_targets() {
  std::int64_t targets = HWY_STATIC_TARGET;
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                    converts_half_precision();
  if (avx2) targets |= HWY_AVX2;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (avx2 && avx512) targets |= HWY_AVX3;
  return targets;
}

#else

std::int64_t supported_targets() { return hwy::SupportedTargets() | HWY_STATIC_TARGET; }

#endif

}  // namespace

std::vector<std::int64_t> usable_targets() {
  std::vector<std::int64_t> targets;
  // Highway gives better targets lower bits.
  for (std::int64_t rest = supported_targets() & HWY_TARGETS; rest != 0; rest &= rest - 1) {
    targets.push_back(rest & -rest);
  }
  return targets;
}

std::int64_t best_target() { return usable_targets().front(); }

std::size_t internal::place_of(std::int64_t target) {
  // The first place of Highway's mask is the one that its own tables keep for choosing.
  const std::int64_t places = HWY_CHOSEN_TARGET_SHIFT(target) | HWY_CHOSEN_TARGET_MASK_SCALAR;
  return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint64_t>(places))) - 1;
}

TargetScope::TargetScope(std::int64_t target)
    : before_(std::exchange(internal::inherited_choice, internal::place_of(target) + 1)) {}

TargetScope::~TargetScope() { internal::inherited_choice = before_; }

}  // namespace gradus
