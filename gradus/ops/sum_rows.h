// Internal: sums over the rows of a matrix.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gradus/base/dtype.h"

namespace gradus {

/// The sum of `count` rows of `columns` contiguous elements of f32 or f64, `step` elements apart;
/// rows are added in order, in blocks of a fixed size.
void sum_rows(DType dtype, const std::byte* rows, std::int64_t count, std::int64_t columns,
              std::int64_t step, std::byte* total);

}  // namespace gradus
