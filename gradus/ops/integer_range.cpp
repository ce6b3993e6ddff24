#include "gradus/ops/integer_range.h"

#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus {

void check_range(const char* operation, double value, DType dtype) {
  if (!is_integer(dtype)) return;
  const bool fits = with_dtype(dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      // One above the largest value is a power of two, so a double holds it; NaN compares false.
      const double beyond = 2.0 * static_cast<double>(std::numeric_limits<T>::max() / 2 + 1);
      const double lowest = static_cast<double>(std::numeric_limits<T>::min());
      return value < beyond && (value >= lowest || value > lowest - 1);
    } else {
      return true;
    }
  });
  if (fits) return;
  throw Error(ErrorCode::invalid_argument, operation,
              fmt::format("{} is out of the range of {}", value, name_of(dtype)));
}

}  // namespace gradus
