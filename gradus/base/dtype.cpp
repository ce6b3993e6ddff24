#include "gradus/base/dtype.h"

#include <algorithm>
#include <string>

#include "gradus/base/error.h"

namespace gradus {
namespace {
constexpr std::string_view kNames[] = {"bool", "u8", "i32", "i64", "f16", "bf16", "f32", "f64"};
}  // namespace

std::string_view name_of(DType dtype) { return kNames[static_cast<std::size_t>(dtype)]; }

DType dtype_from_name(std::string_view name) {
  for (const DType dtype : kAllDTypes) {
    if (name_of(dtype) == name) return dtype;
  }
  throw Error(ErrorCode::dtype, "dtype",
              "unknown element type '" + std::string(name) +
                  "'; known are bool, u8, i32, i64, f16, bf16, f32, f64");
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  // The enumeration is ordered by kind and width, so the wider type is the larger value; only the
  // two 16-bit formats have no common type of their own size.
  const DType low = std::min(a, b);
  const DType high = std::max(a, b);
  if (low == DType::f16 && high == DType::bf16) return DType::f32;
  return high;
}

}  // namespace gradus
