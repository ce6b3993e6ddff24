#pragma once

#include <cstdint>
#include <string>

namespace gradus {

/// "3.7 GiB", "12 bytes"
std::string bytes_text(std::uint64_t bytes);

}  // namespace gradus
