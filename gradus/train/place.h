#pragma once

#include <cstdint>
#include <string>

namespace gradus::train {

/// Where something stands in a recipe.
struct Place {
  std::string source;     ///< the file, or "--set key"
  std::int64_t line = 0;  ///< from 1; 0: the source as a whole
  std::int64_t column = 0;

  /// "xor.toml:3:1"
  std::string to_string() const;
};

}  // namespace gradus::train
