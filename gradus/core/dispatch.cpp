#include "gradus/core/dispatch.h"

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/switches.h"

namespace gradus {
namespace {

void trace_dispatch(const OpDef& op, const KernelContext& context, const Kernel& chosen) {
  std::string line = fmt::format("gradus dispatch: {}(", op.name);
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const Array& input = context.input(i);
    line += fmt::format("{}{}{}", i ? ", " : "", name_of(input.dtype), input.shape.to_string());
  }
  line += fmt::format(") -> {}", chosen.name);
  for (const Kernel& kernel : op.kernels) {
    if (&kernel == &chosen) break;
    line += fmt::format("; {} refused: {}", kernel.name, kernel.refuse(context));
  }
  line += '\n';
  std::fputs(line.c_str(), stderr);  // asked for by GRADUS_TRACE
}

}  // namespace

const Kernel& choose_kernel(const KernelContext& context) {
  static const bool tracing = is_traced("dispatch");
  const OpDef& op = context.op();
  for (const Kernel& kernel : op.kernels) {
    if (kernel.refuse && kernel.refuse(context)) continue;
    if (tracing) trace_dispatch(op, context, kernel);
    return kernel;
  }
  throw Error(ErrorCode::internal, op.name, "no kernel accepted the call");
}

}  // namespace gradus
