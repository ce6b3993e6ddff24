// Internal: plain numbers given as the value of elements.
#pragma once

#include "gradus/base/dtype.h"

namespace gradus {

/// Throws Error naming `operation` if `dtype` is an integer type and `value`, its fraction cut off,
/// is out of its range.
void check_range(const char* operation, double value, DType dtype);

}  // namespace gradus
