// Internal: where the data sets' Debian packages keep their files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gradus::data {

/// The path of a file that `package` brings as /usr/<file>: below
/// ${GRADUS_DATA_DIR:-~/.cache/gradus/data}/<package>/usr, where tools/setup unpacks packages, or
/// installed in /usr. Nothing if it is in neither place.
std::optional<std::string> find_package_file(std::string_view package, std::string_view file);

/// As above; throws Error (not_found) that says how to get it for `data_set`.
std::string package_file(std::string_view data_set, std::string_view package,
                         std::string_view file);

}  // namespace gradus::data
