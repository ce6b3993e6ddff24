#include "gradus/io/stored_type.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace gradus::io {
namespace {

/// Elements of type From, in either byte order, become elements of type To.
template <class From, class To>
void decode_as(bool swap, std::span<const std::byte> source, std::byte* target) {
  for (std::size_t i = 0; i < source.size() / sizeof(From); ++i) {
    std::byte bytes[sizeof(From)];
    std::memcpy(bytes, source.data() + i * sizeof(From), sizeof(From));
    if (swap) std::reverse(bytes, bytes + sizeof(From));
    From value;
    std::memcpy(&value, bytes, sizeof(From));
    const To converted = static_cast<To>(value);
    std::memcpy(target + i * sizeof(To), &converted, sizeof(To));
  }
}

}  // namespace

std::optional<DType> holder_of(const StoredType& stored) {
  switch (stored.kind) {
    case StoredType::Kind::boolean:
      if (stored.bytes == 1) return DType::boolean;
      break;
    case StoredType::Kind::signed_integer:
      if (stored.bytes == 1 || stored.bytes == 2 || stored.bytes == 4) return DType::i32;
      if (stored.bytes == 8) return DType::i64;
      break;
    case StoredType::Kind::unsigned_integer:
      if (stored.bytes == 1) return DType::u8;
      if (stored.bytes == 2) return DType::i32;
      if (stored.bytes == 4) return DType::i64;
      break;
    case StoredType::Kind::floating:
      if (stored.bytes == 2) return DType::f16;
      if (stored.bytes == 4) return DType::f32;
      if (stored.bytes == 8) return DType::f64;
      break;
  }
  return std::nullopt;
}

bool is_native(const StoredType& stored) {
  const auto holder = holder_of(stored);
  return holder && size_of(*holder) == stored.bytes && (stored.bytes == 1 || !stored.big_endian);
}

void decode_elements(const StoredType& stored, std::span<const std::byte> source,
                     std::byte* target) {
  using Kind = StoredType::Kind;
  const bool swap = stored.big_endian;
  if (is_native(stored)) {
    if (!source.empty() && target != source.data()) {
      std::memcpy(target, source.data(), source.size());
    }
  } else if (stored.kind == Kind::signed_integer && stored.bytes == 1) {
    decode_as<std::int8_t, std::int32_t>(swap, source, target);
  } else if (stored.kind == Kind::signed_integer && stored.bytes == 2) {
    decode_as<std::int16_t, std::int32_t>(swap, source, target);
  } else if (stored.kind == Kind::unsigned_integer && stored.bytes == 2) {
    decode_as<std::uint16_t, std::int32_t>(swap, source, target);
  } else if (stored.kind == Kind::unsigned_integer) {
    decode_as<std::uint32_t, std::int64_t>(swap, source, target);
  } else if (stored.bytes == 2) {
    decode_as<std::uint16_t, std::uint16_t>(swap, source, target);
  } else if (stored.bytes == 4) {
    decode_as<std::uint32_t, std::uint32_t>(swap, source, target);
  } else {
    decode_as<std::uint64_t, std::uint64_t>(swap, source, target);
  }
}

}  // namespace gradus::io
