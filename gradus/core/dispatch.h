// Internal: which kernel of an operation runs.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// The first kernel that takes the call. With GRADUS_TRACE=dispatch, says on standard error why the
/// ones before it refused.
const Kernel& choose_kernel(const KernelContext& context);

}  // namespace gradus
