// Internal: the one place from which evaluation calls kernels.
#pragma once

#include "gradus/core/op_def.h"
#include "gradus/core/phase.h"

namespace gradus {

namespace internal {
/// True while a profile collects what this thread computes.
extern constinit thread_local bool is_profiled;
void call_profiled(const Kernel& kernel, const KernelContext& context, Phase phase);
}  // namespace internal

/// Runs a kernel, and tells the profiles of this thread what it cost.
inline void call_kernel(const Kernel& kernel, const KernelContext& context, Phase phase) {
  if (internal::is_profiled) return internal::call_profiled(kernel, context, phase);
  kernel.run(context);
}

}  // namespace gradus
