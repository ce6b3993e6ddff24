#include "gradus/io/log_file.h"

#include <cerrno>
#include <utility>

#include "gradus/io/file_bytes.h"

namespace gradus::io {

std::optional<LogFile> LogFile::create(const char* operation, const std::string& path) {
  if (std::FILE* file = std::fopen(path.c_str(), "wbxe")) return LogFile(operation, path, file);
  if (errno == EEXIST) return std::nullopt;
  throw system_error(operation, path, "cannot create it", errno);
}

LogFile LogFile::append(const char* operation, const std::string& path) {
  if (std::FILE* file = std::fopen(path.c_str(), "abe")) return LogFile(operation, path, file);
  throw system_error(operation, path, "cannot open it", errno);
}

LogFile::LogFile(LogFile&& other) noexcept
    : operation_(other.operation_),
      path_(std::move(other.path_)),
      file_(std::exchange(other.file_, nullptr)) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
  std::swap(operation_, other.operation_);
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  return *this;
}

LogFile::~LogFile() {
  if (file_) std::fclose(file_);
}

void LogFile::write(std::string_view bytes) {
  require(std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size());
}

void LogFile::flush() { require(std::fflush(file_) == 0); }

void LogFile::require(bool written) const {
  if (!written) throw system_error(operation_, path_, "cannot write it", errno);
}

}  // namespace gradus::io
