// Internal: the records of zip archives (PKWARE APPNOTE.TXT 6.3, section 4.3).
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace gradus::io::zip {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;
inline constexpr std::uint32_t kCentralHeader = 0x02014b50;
inline constexpr std::uint32_t kEnd = 0x06054b50;
inline constexpr std::uint32_t kEnd64 = 0x06064b50;
inline constexpr std::uint32_t kEnd64Locator = 0x07064b50;

inline constexpr std::size_t kLocalHeaderSize = 30;
inline constexpr std::size_t kCentralHeaderSize = 46;
inline constexpr std::size_t kEndSize = 22;
inline constexpr std::size_t kEnd64Size = 56;
inline constexpr std::size_t kEnd64LocatorSize = 20;

inline constexpr std::uint16_t kExtra64 = 0x0001;   // the extra field of 64-bit sizes
inline constexpr std::uint16_t kExtraPad = 0xd935;  // Android's zipalign; ignored by readers
inline constexpr std::uint32_t kIn64 = 0xffffffff;  // "look in the 64-bit field"
inline constexpr std::uint16_t kIn64Short = 0xffff;

inline constexpr std::uint16_t kStored = 0;
inline constexpr std::uint16_t kDeflated = 8;

/// The little-endian number at a place; the bytes must be there.
template <class T>
T number_at(std::span<const std::byte> bytes, std::size_t place) {
  T value;
  std::memcpy(&value, bytes.data() + place, sizeof(T));
  return value;
}

/// Appends a little-endian number.
template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace gradus::io::zip
