// Internal: f32 rounded to bfloat16, for products that are computed so.
#pragma once

#include <cstdint>

#include "gradus/base/half.h"
#include "gradus/core/array.h"

namespace gradus {

/// Rounds numbers to nearest, ties to even; a NaN stays one.
void round_to_bf16(const float* from, std::int64_t count, bf16* to);

/// The elements of a dense f32 array as bf16, in the order in which they lie.
Buffer dense_as_bf16(const Array& array);

/// An f32 array of the same values rounded to bf16, laid out alike if `array` is dense.
Array rounded_to_bf16(const Array& array);

}  // namespace gradus
