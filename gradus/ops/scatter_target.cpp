#include "gradus/ops/scatter_target.h"

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus {

Array& copy_or_donate(const KernelContext& context) {
  const Array& x = context.input(0);
  if (x.is_row_major() && context.donate(0)) return context.output();
  Array& output = context.allocate();
  copy_strided(x.shape, size_of(x.dtype), x.bytes(), x.strides, output.mutable_bytes(),
               output.strides);
  return output;
}

void check_addends(const char* operation, DType x, DType updates) {
  if (x == updates && x != DType::boolean) return;
  throw Error(ErrorCode::dtype, operation,
              fmt::format("x and updates must hold one type of numbers, not {} and {}", name_of(x),
                          name_of(updates)));
}

}  // namespace gradus
