// Internal: readers of compressed files.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "gradus/io/file_bytes.h"

namespace gradus::io {

/// Decompresses the .xz format (one stream or several, checks verified), piece by piece. Throws
/// Error naming the file and the byte where the data are damaged or end too early, or (unsupported)
/// where a stream wants more than 256 MiB to be decompressed; xz itself wants 65 at most.
class XzReader {
 public:
  XzReader(const char* operation, const FileBytes& file);
  ~XzReader();
  XzReader(const XzReader&) = delete;
  XzReader& operator=(const XzReader&) = delete;

  /// Fills `out`, or what there is left to fill of it; returns the number of bytes.
  std::size_t read(std::span<std::byte> out);
  /// Throws Error if anything is left.
  void expect_end();

 private:
  struct State;
  Error fault(ErrorCode code, const std::string& what) const;

  const char* operation_;
  const FileBytes& file_;
  std::unique_ptr<State> state_;
};

/// True if the bytes begin like an .xz file.
bool is_xz(std::span<const std::byte> bytes);

}  // namespace gradus::io
