// Internal: zip archives, as .npz files are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/io/atomic_file.h"
#include "gradus/io/file_bytes.h"

namespace gradus::io {

/// A member of a zip archive.
struct ZipEntry {
  std::string name;
  bool deflated = false;
  std::uint32_t checksum = 0;         ///< CRC-32 of the contents
  std::uint64_t compressed_size = 0;  ///< in the archive
  std::uint64_t size = 0;             ///< of the contents
  std::uint64_t header = 0;           ///< place of the local header
};

/// The members that the archive's central directory lists, in its order, 64-bit sizes included.
/// Throws Error naming the byte where the archive departs from the format, and for encryption,
/// other compressions than DEFLATE, several disks, two members of one name, and members that share
/// bytes.
/// Format: PKWARE APPNOTE.TXT 6.3.
std::vector<ZipEntry> read_zip_directory(const char* operation, const FileBytes& archive);

/// The contents of a member, checked against its checksum. Stored ones share the archive's buffer.
FileBytes read_zip_entry(const char* operation, const FileBytes& archive, const ZipEntry& entry);

/// Writes an archive member by member.
class ZipWriter {
 public:
  enum class Compression { stored, deflated };
  explicit ZipWriter(AtomicFile& file) : file_(file) {}

  /// Adds a member whose contents are `head` and then `body`. A stored body begins at a multiple of
  /// 64 bytes in the archive if the head's length is one.
  void add(std::string name, std::string_view head, std::span<const std::byte> body,
           Compression compression);
  /// Writes the directory. Nothing may be added after it.
  void finish();

 private:
  void write(std::string_view bytes);
  void write(std::span<const std::byte> bytes);

  AtomicFile& file_;
  std::uint64_t position_ = 0;
  std::vector<ZipEntry> entries_;
};

}  // namespace gradus::io
