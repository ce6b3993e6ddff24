// Internal: readers of files that are small enough to be held whole.
#pragma once

#include <cstdint>
#include <string>

#include "gradus/io/file_bytes.h"

namespace gradus::io {

/// The contents of a file, decompressed if it is a gzip or an .xz file. Throws Error if that would
/// give more than `limit` bytes.
std::string read_text(const char* operation, const FileBytes& file, std::uint64_t limit);

}  // namespace gradus::io
