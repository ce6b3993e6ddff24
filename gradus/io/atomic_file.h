#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gradus::io {

/// A file that takes its name only when it is complete. It is written beside the target as
/// "<target>.partial", synced, renamed over the target, and the folder synced; until then whatever
/// the target held stays as it was. Without commit() nothing remains. One writer at a time: a
/// second one for the same target, in any process, gets an Error.
class AtomicFile {
 public:
  /// Throws Error if the target is something other than a regular file, or cannot be written.
  AtomicFile(const char* operation, const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws Error: disk_full where there is no space left, else io.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Makes what was written the target, for good.
  void commit();

 private:
  void open();
  void write_through(std::span<const std::byte> bytes);
  void flush();
  [[noreturn]] void fail(const char* attempt, int number) const;

  const char* operation_;
  std::string path_;    // as the user named it
  std::string target_;  // symbolic links resolved
  std::string partial_;
  std::string pending_;  // small writes, gathered
  int file_ = -1;
};

/// Writes a whole file atomically.
void write_file(const char* operation, const std::string& path, std::span<const std::byte> bytes);
void write_file(const char* operation, const std::string& path, std::string_view text);

}  // namespace gradus::io
