#include "gradus/io/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "gradus/io/file_bytes.h"

namespace gradus::io {
namespace {

/// True if `path` still names the open file.
bool names(const std::string& path, int file) {
  struct stat here {
  }, open{};
  return ::stat(path.c_str(), &here) == 0 && ::fstat(file, &open) == 0 &&
         here.st_ino == open.st_ino && here.st_dev == open.st_dev;
}

}  // namespace

int open_locked(const std::string& path) {
  for (;;) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0) return -1;
    int locked = 0;
    do {
      locked = ::flock(file, LOCK_EX | LOCK_NB);
    } while (locked != 0 && errno == EINTR);
    if (locked == 0 && names(path, file)) return file;
    const int number = errno;
    ::close(file);
    errno = number;
    if (locked != 0) return -1;
    // Else its owner has just renamed or removed it.
  }
}

FileLock::FileLock(const char* operation, const std::string& path, const std::string& held)
    : path_(path), file_(open_locked(path)) {
  if (file_ >= 0) return;
  if (errno == EWOULDBLOCK) throw Error(ErrorCode::io, operation, path + ": " + held);
  throw system_error(operation, path, "cannot lock it", errno);
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}

FileLock::~FileLock() {
  if (file_ < 0) return;
  ::unlink(path_.c_str());  // before the lock is given up, or another's file might go
  ::close(file_);
}

}  // namespace gradus::io
