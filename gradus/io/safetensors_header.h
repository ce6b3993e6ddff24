// Internal: the reader and writer of safetensors.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/dtype.h"
#include "gradus/base/shape.h"

// The JSON header of a safetensors file, parsed and checked by itself. Used by the reader.

namespace gradus::io {

/// The operation that errors name.
inline constexpr const char* kReadSafetensors = "read_safetensors";
inline constexpr std::uint64_t kMaximumSafetensorsHeader = 100'000'000;
inline constexpr std::string_view kSafetensorsMetadata = "__metadata__";

struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::uint64_t begin = 0;  ///< in the data that follow the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the order of the header
  std::map<std::string, std::string> metadata;
};

/// Throws Error naming `file` and the tensor or byte. Each entry's size is that of its shape and
/// type; how the entries lie in the data is not looked at.
SafetensorsHeader parse_safetensors_header(const std::string& file, std::string_view json);

/// "F32" for DType::f32.
std::string_view safetensors_name(DType dtype);

}  // namespace gradus::io
