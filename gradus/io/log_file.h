// Internal: files that grow while a run goes on.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace gradus::io {

/// A file that is written at its end only.
class LogFile {
 public:
  /// A new file, or nothing if one of that name exists. Throws Error, of `operation`, if it cannot
  /// be made.
  static std::optional<LogFile> create(const char* operation, const std::string& path);
  /// An existing or new file. Throws Error, of `operation`, if it cannot be opened.
  static LogFile append(const char* operation, const std::string& path);

  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&& other) noexcept;
  ~LogFile();

  void write(std::string_view bytes);
  /// Hands what was written to the operating system. Throws Error if it refuses.
  void flush();
  const std::string& path() const noexcept { return path_; }

 private:
  LogFile(const char* operation, std::string path, std::FILE* file)
      : operation_(operation), path_(std::move(path)), file_(file) {}
  void require(bool written) const;

  const char* operation_;
  std::string path_;
  std::FILE* file_;
};

}  // namespace gradus::io
