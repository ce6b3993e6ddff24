#pragma once

#include <string>
#include <string_view>

#include "gradus/io/csv.h"

namespace gradus::io {

/// Reads a data frame from a file of R's save() (.rda, .RData), compressed by gzip or xz or not:
/// numbers and logical values become numeric columns, factors (their levels in their order) and
/// text (sorted) categorical ones; row names are left out. Throws Error: not_found, listing the
/// objects, where the file has none of that name; format with file and byte; unsupported where the
/// file holds functions, environments or columns of another kind.
/// Format: R Internals, section 1.8, "Serialization Formats".
CsvTable read_r_data(const std::string& path, std::string_view object);
CsvTable parse_r_data(const FileBytes& file, std::string_view object);

}  // namespace gradus::io
