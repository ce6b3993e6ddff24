#include "gradus/io/path_kind.h"

#include <sys/stat.h>

#include <cerrno>

#include "gradus/io/file_bytes.h"

namespace gradus::io {

PathKind kind_of_path(const char* operation, const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return PathKind::nothing;
    throw system_error(operation, path, "cannot examine it", errno);
  }
  if (S_ISDIR(status.st_mode)) return PathKind::folder;
  return S_ISREG(status.st_mode) ? PathKind::file : PathKind::other;
}

bool is_there(const char* operation, const std::string& path) {
  return kind_of_path(operation, path) != PathKind::nothing;
}

}  // namespace gradus::io
