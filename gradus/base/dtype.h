#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gradus/base/half.h"

namespace gradus {

/// The element types of tensors. f16 and bf16 are stored and converted; arithmetic on them is done
/// after a cast.
enum class DType : std::uint8_t { boolean, u8, i32, i64, f16, bf16, f32, f64 };

inline constexpr DType kAllDTypes[] = {DType::boolean, DType::u8,   DType::i32, DType::i64,
                                       DType::f16,     DType::bf16, DType::f32, DType::f64};

/// Bytes of one element.
constexpr std::size_t size_of(DType dtype) {
  constexpr std::size_t sizes[] = {1, 1, 4, 8, 2, 2, 4, 8};
  return sizes[static_cast<std::size_t>(dtype)];
}

/// "bool", "u8", "i32", "i64", "f16", "bf16", "f32" or "f64".
std::string_view name_of(DType dtype);

/// The inverse of name_of. Throws Error for an unknown name.
DType dtype_from_name(std::string_view name);

constexpr bool is_floating(DType dtype) { return dtype >= DType::f16; }
constexpr bool is_integer(DType dtype) { return dtype >= DType::u8 && dtype <= DType::i64; }

/// The type of a binary operation's result: the array API's table within a kind, and the floating
/// type when an integer or boolean meets a floating type (as PyTorch does); f16 with bf16 is f32.
DType promote(DType a, DType b);

/// The DType of a C++ type.
template <class T>
inline constexpr DType dtype_of = [] {
  static_assert(sizeof(T) == 0, "no Gradus element type corresponds to this C++ type");
  return DType::f32;
}();
template <>
inline constexpr DType dtype_of<bool> = DType::boolean;
template <>
inline constexpr DType dtype_of<std::uint8_t> = DType::u8;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::i32;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::i64;
template <>
inline constexpr DType dtype_of<f16> = DType::f16;
template <>
inline constexpr DType dtype_of<bf16> = DType::bf16;
template <>
inline constexpr DType dtype_of<float> = DType::f32;
template <>
inline constexpr DType dtype_of<double> = DType::f64;

/// Calls `f.template operator()<T>()` with the C++ type of `dtype`.
template <class F>
decltype(auto) with_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
      return f.template operator()<bool>();
    case DType::u8:
      return f.template operator()<std::uint8_t>();
    case DType::i32:
      return f.template operator()<std::int32_t>();
    case DType::i64:
      return f.template operator()<std::int64_t>();
    case DType::f16:
      return f.template operator()<f16>();
    case DType::bf16:
      return f.template operator()<bf16>();
    case DType::f32:
      return f.template operator()<float>();
    case DType::f64:
      break;
  }
  return f.template operator()<double>();
}

/// Calls `f.template operator()<T>()` with the unsigned integer of `bytes` (1, 2, 4 or 8), for code
/// that moves elements and does not compute with them.
template <class F>
decltype(auto) with_word(std::size_t bytes, F&& f) {
  switch (bytes) {
    case 1:
      return f.template operator()<std::uint8_t>();
    case 2:
      return f.template operator()<std::uint16_t>();
    case 4:
      return f.template operator()<std::uint32_t>();
    default:
      return f.template operator()<std::uint64_t>();
  }
}

}  // namespace gradus
