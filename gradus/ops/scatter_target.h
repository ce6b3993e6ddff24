// Internal: what operations that add into their first input share.
#pragma once

#include <type_traits>

#include "gradus/core/op_def.h"

namespace gradus {

/// The output as a row-major copy of input 0, in its own storage if nobody else holds it.
Array& copy_or_donate(const KernelContext& context);

/// Throws Error unless both are one type of numbers.
void check_addends(const char* operation, DType x, DType updates);

/// with_dtype for types of numbers.
template <class F>
void with_addend(DType dtype, F&& f) {
  with_dtype(dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) f.template operator()<T>();
  });
}

/// a + b; the 16-bit types by way of f32.
template <class T>
T sum_of(T a, T b) {
  if constexpr (std::is_same_v<T, f16> || std::is_same_v<T, bf16>) {
    return T(static_cast<float>(a) + static_cast<float>(b));
  } else if constexpr (std::is_integral_v<T>) {  // modulo 2^bits, without overflow
    using Word = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<Word>(a) + static_cast<Word>(b));
  } else {
    return a + b;
  }
}

}  // namespace gradus
