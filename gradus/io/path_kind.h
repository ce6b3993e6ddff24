// Internal: what there is under a path.
#pragma once

#include <string>

namespace gradus::io {

enum class PathKind { nothing, file, folder, other };

/// What `path` names, behind symbolic links. Throws Error, of `operation`, if the system does not
/// say: in a folder that must not be searched, in a loop of links.
PathKind kind_of_path(const char* operation, const std::string& path);

/// True if `path` names anything. Throws Error as kind_of_path().
bool is_there(const char* operation, const std::string& path);

}  // namespace gradus::io
