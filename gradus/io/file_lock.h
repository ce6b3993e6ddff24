// Internal: files that tell other processes to keep away.
#pragma once

#include <string>

namespace gradus::io {

/// Opens `path` for writing, makes it if it is not there, and locks it (flock). The lock goes with
/// the descriptor, so also with the process that dies. Returns -1 with errno where that fails:
/// EWOULDBLOCK if somebody else has the lock.
int open_locked(const std::string& path);

/// A file that is there, locked, while its owner lives.
class FileLock {
 public:
  /// Throws Error, of `operation`, saying `held` of `path` if somebody else has the lock.
  FileLock(const char* operation, const std::string& path, const std::string& held);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  std::string path_;
  int file_;
};

}  // namespace gradus::io
