#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gradus/io/log_file.h"

namespace gradus::train {

/// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

/// A record as TFRecord files hold it: length, checksum of the length, data, checksum of the data;
/// checksums are rotated and offset ("masked"), all little-endian.
std::string tf_record(std::string_view data);

/// A file of events that TensorBoard shows: scalars by tag and step. Opens
/// `<folder>/events.out.tfevents.<time>.<process>`, never an existing file.
class EventFile {
 public:
  /// Throws Error if the file cannot be made. A run that goes on at step `resumed_step` says so,
  /// and TensorBoard forgets what earlier files say from there on.
  explicit EventFile(const std::string& folder, std::int64_t resumed_step = 0);

  void add_scalar(std::string_view tag, float value, std::int64_t step);
  /// Hands what was added to the operating system. Throws Error if it refuses.
  void flush() { file_.flush(); }
  const std::string& path() const { return file_.path(); }

 private:
  void write(std::string_view event);

  io::LogFile file_;
};

}  // namespace gradus::train
