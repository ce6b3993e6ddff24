#include "gradus/io/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "gradus/io/file_bytes.h"
#include "gradus/io/file_lock.h"

namespace gradus::io {
namespace {

constexpr std::size_t kGather = std::size_t{1} << 16;  // smaller writes are put together
constexpr std::size_t kPiece = std::size_t{1} << 30;   // most that one write() is asked for

/// Where a write to `path` lands: the file itself, also behind a symbolic link.
std::string resolve(const char* operation, const std::string& path) {
  std::error_code error;
  std::filesystem::path target = path;
  if (std::filesystem::is_symlink(target, error)) {
    target = std::filesystem::weakly_canonical(target, error);
    if (error) throw system_error(operation, path, "cannot follow the link", error.value());
  }
  const auto status = std::filesystem::status(target, error);
  if (std::filesystem::is_directory(status)) {
    throw Error(ErrorCode::io, operation, path + ": it is a directory, not a file");
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(ErrorCode::io, operation, path + ": it is not a regular file");
  }
  return target.string();
}

}  // namespace

AtomicFile::AtomicFile(const char* operation, const std::string& path)
    : operation_(operation),
      path_(path),
      target_(resolve(operation, path)),
      partial_(target_ + ".partial") {
  open();
}

// The lock tells a writer at work from what a killed one left behind, which is written over.
void AtomicFile::open() {
  file_ = open_locked(partial_);
  if (file_ < 0 && errno == EWOULDBLOCK) {
    throw Error(ErrorCode::io, operation_, path_ + ": another writer is at work on it");
  }
  if (file_ < 0) fail("cannot create a file beside it", errno);
  if (::ftruncate(file_, 0) != 0) {
    const int number = errno;
    ::close(file_);
    fail("cannot create a file beside it", number);
  }
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  ::unlink(partial_.c_str());
  ::close(file_);
}

void AtomicFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text.data(), text.size())));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (bytes.size() >= kGather) {
    flush();
    write_through(bytes);
    return;
  }
  pending_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (pending_.size() >= kGather) flush();
}

void AtomicFile::flush() {
  write_through(std::as_bytes(std::span(pending_.data(), pending_.size())));
  pending_.clear();
}

void AtomicFile::write_through(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file_, bytes.data(), std::min(bytes.size(), kPiece));
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      fail("cannot write it", written == 0 ? ENOSPC : errno);
    }
  }
}

void AtomicFile::commit() {
  flush();
  if (::fsync(file_) != 0) fail("cannot write it to the disk", errno);
  if (::rename(partial_.c_str(), target_.c_str()) != 0) fail("cannot put it in place", errno);
  ::close(std::exchange(file_, -1));  // not before: the lock guards the name that was just given up
  const auto folder = std::filesystem::path(target_).parent_path();
  const int opened =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;  // a folder that may be written to but not read
  const int synced = ::fsync(opened);
  const int number = errno;
  ::close(opened);
  // EINVAL: a file system that has no such thing as a synced folder.
  if (synced != 0 && number != EINVAL) fail("cannot write its folder to the disk", number);
}

void AtomicFile::fail(const char* attempt, int number) const {
  throw system_error(operation_, path_, attempt, number);
}

void write_file(const char* operation, const std::string& path, std::span<const std::byte> bytes) {
  AtomicFile file(operation, path);
  file.write(bytes);
  file.commit();
}

void write_file(const char* operation, const std::string& path, std::string_view text) {
  write_file(operation, path, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace gradus::io
