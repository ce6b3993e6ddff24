#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "gradus/io/inflate.h"
#include "gradus/io/utf8.h"
#include "gradus/io/zip.h"
#include "gradus/io/zip_layout.h"
#include "gradus/memory/allocator.h"

namespace gradus::io {
namespace {

using zip::number_at;

/// Where the central directory lies.
struct Directory {
  std::uint64_t begin = 0, size = 0, entries = 0;
};

class DirectoryReader {
 public:
  DirectoryReader(const char* operation, const FileBytes& archive)
      : operation_(operation), archive_(archive), bytes_(archive.bytes()) {}

  std::vector<ZipEntry> read() {
    const Directory directory = find_directory();
    std::vector<ZipEntry> entries;
    std::uint64_t place = directory.begin;
    const std::uint64_t end = directory.begin + directory.size;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
      entries.push_back(read_entry(place, end));
    }
    if (place != end) fail(place, "the directory is longer than its entries");
    check_entries(entries, directory.begin);
    return entries;
  }

 private:
  Directory find_directory() const {
    const std::uint64_t end = find_end();
    const auto disk = number_at<std::uint16_t>(bytes_, end + 4);
    Directory directory{number_at<std::uint32_t>(bytes_, end + 16),
                        number_at<std::uint32_t>(bytes_, end + 12),
                        number_at<std::uint16_t>(bytes_, end + 10)};
    const bool in_64 = directory.begin == zip::kIn64 || directory.size == zip::kIn64 ||
                       directory.entries == zip::kIn64Short;
    std::uint64_t limit = end;
    if (in_64) {
      limit = find_end64(end);
      directory = {number_at<std::uint64_t>(bytes_, limit + 48),
                   number_at<std::uint64_t>(bytes_, limit + 40),
                   number_at<std::uint64_t>(bytes_, limit + 32)};
    }
    if (disk != 0 && disk != zip::kIn64Short) fail(end, "it is a part of several disks");
    if (directory.begin > limit || directory.size != limit - directory.begin) {
      fail(end, fmt::format("a directory of {} bytes at byte {} does not fit before it",
                            directory.size, directory.begin));
    }
    if (directory.entries > directory.size / zip::kCentralHeaderSize) {
      fail(end, fmt::format("a directory of {} bytes cannot hold {} entries", directory.size,
                            directory.entries));
    }
    return directory;
  }

  /// The place of the end record: the last 22 bytes, or before a comment of up to 64 KiB.
  std::uint64_t find_end() const {
    constexpr std::size_t kLongestComment = 0xffff;
    const std::size_t size = bytes_.size();
    for (std::size_t comment = 0; comment <= kLongestComment; ++comment) {
      if (size < zip::kEndSize + comment) break;
      const std::size_t place = size - zip::kEndSize - comment;
      if (number_at<std::uint32_t>(bytes_, place) == zip::kEnd &&
          number_at<std::uint16_t>(bytes_, place + 20) == comment) {
        return place;
      }
    }
    fail(size, "it does not end like a zip archive");
  }

  std::uint64_t find_end64(std::uint64_t end) const {
    const bool room = end >= zip::kEnd64LocatorSize + zip::kEnd64Size;
    if (!room ||
        number_at<std::uint32_t>(bytes_, end - zip::kEnd64LocatorSize) != zip::kEnd64Locator) {
      fail(end, "the record of 64-bit sizes is missing before it");
    }
    const std::uint64_t locator = end - zip::kEnd64LocatorSize;
    const auto place = number_at<std::uint64_t>(bytes_, locator + 8);
    if (place > locator - zip::kEnd64Size ||
        number_at<std::uint32_t>(bytes_, place) != zip::kEnd64) {
      fail(locator, fmt::format("there is no record of 64-bit sizes at byte {}", place));
    }
    return place;
  }

  ZipEntry read_entry(std::uint64_t& place, std::uint64_t end) const {
    if (end - place < zip::kCentralHeaderSize ||
        number_at<std::uint32_t>(bytes_, place) != zip::kCentralHeader) {
      fail(place, "an entry of the directory is missing");
    }
    const auto flags = number_at<std::uint16_t>(bytes_, place + 8);
    const auto method = number_at<std::uint16_t>(bytes_, place + 10);
    const std::size_t name = number_at<std::uint16_t>(bytes_, place + 28);
    const std::size_t extra = number_at<std::uint16_t>(bytes_, place + 30);
    const std::size_t comment = number_at<std::uint16_t>(bytes_, place + 32);
    if (end - place - zip::kCentralHeaderSize < name + extra + comment) {
      fail(place, "an entry of the directory ends beyond it");
    }
    ZipEntry entry;
    const std::uint64_t after = place + zip::kCentralHeaderSize;
    entry.name.assign(reinterpret_cast<const char*>(bytes_.data()) + after, name);
    entry.deflated = method == zip::kDeflated;
    entry.checksum = number_at<std::uint32_t>(bytes_, place + 16);
    entry.compressed_size = number_at<std::uint32_t>(bytes_, place + 20);
    entry.size = number_at<std::uint32_t>(bytes_, place + 24);
    entry.header = number_at<std::uint32_t>(bytes_, place + 42);
    if (find_invalid_utf8(entry.name)) fail(after, "the name of an entry is not UTF-8");
    if ((flags & 1) != 0) refuse(entry, "it is encrypted");
    if (method != zip::kStored && method != zip::kDeflated) {
      refuse(entry, fmt::format("it is compressed by method {}", method));
    }
    read_sizes64(entry, after + name, extra);
    place = after + name + extra + comment;
    return entry;
  }

  /// The sizes that do not fit in 32 bits stand in an extra field, in this order.
  void read_sizes64(ZipEntry& entry, std::uint64_t place, std::size_t size) const {
    const std::uint64_t end = place + size;
    const std::array<std::uint64_t*, 3> sizes = {&entry.size, &entry.compressed_size,
                                                 &entry.header};
    while (end - place >= 4) {
      const auto id = number_at<std::uint16_t>(bytes_, place);
      const std::uint64_t field_end = place + 4 + number_at<std::uint16_t>(bytes_, place + 2);
      if (field_end > end) fail(place, "an extra field ends beyond its entry");
      place += 4;
      if (id == zip::kExtra64) {
        for (std::uint64_t* value : sizes) {
          if (*value != zip::kIn64) continue;
          if (field_end - place < 8) fail(place, "a 64-bit size is missing");
          *value = number_at<std::uint64_t>(bytes_, place);
          place += 8;
        }
        return;
      }
      place = field_end;
    }
  }

  void check_entries(const std::vector<ZipEntry>& entries, std::uint64_t directory) const {
    std::unordered_set<std::string_view> names;
    std::vector<const ZipEntry*> order;
    for (const ZipEntry& entry : entries) {
      if (!names.insert(entry.name).second) refuse(entry, "another entry has the same name");
      order.push_back(&entry);
    }
    std::sort(order.begin(), order.end(),
              [](const auto* a, const auto* b) { return a->header < b->header; });
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::uint64_t limit = i + 1 < order.size() ? order[i + 1]->header : directory;
      const ZipEntry& entry = *order[i];
      const bool fits = entry.header <= limit && limit - entry.header >= zip::kLocalHeaderSize &&
                        entry.compressed_size <= limit - entry.header - zip::kLocalHeaderSize;
      if (!fits) refuse(entry, "its bytes run into what follows it");
    }
  }

  [[noreturn]] void fail(std::uint64_t place, const std::string& what) const {
    throw format_error(operation_, archive_.name, fmt::format("byte {}: {}", place, what));
  }
  [[noreturn]] void refuse(const ZipEntry& entry, const std::string& what) const {
    throw format_error(operation_, archive_.name, fmt::format("entry '{}': {}", entry.name, what));
  }

  const char* operation_;
  const FileBytes& archive_;
  std::span<const std::byte> bytes_;
};

std::uint32_t checksum_of(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(const char* operation, const FileBytes& archive) {
  return DirectoryReader(operation, archive).read();
}

FileBytes read_zip_entry(const char* operation, const FileBytes& archive, const ZipEntry& entry) {
  const auto fail = [&](const std::string& what) {
    throw format_error(operation, archive.name, fmt::format("entry '{}': {}", entry.name, what));
  };
  const auto bytes = archive.bytes();
  if (number_at<std::uint32_t>(bytes, entry.header) != zip::kLocalHeader) {
    fail(fmt::format("there is no header at byte {}", entry.header));
  }
  const std::uint64_t begin = entry.header + zip::kLocalHeaderSize +
                              number_at<std::uint16_t>(bytes, entry.header + 26) +
                              number_at<std::uint16_t>(bytes, entry.header + 28);
  if (begin > bytes.size() || entry.compressed_size > bytes.size() - begin) {
    fail("its bytes run beyond the archive");
  }
  FileBytes contents{archive.name + "/" + entry.name, archive.buffer, entry.size,
                     archive.begin + begin};
  if (!entry.deflated) {
    if (entry.size != entry.compressed_size) fail("it is stored, and its two sizes differ");
  } else {
    if (entry.size / kMostInflation > entry.compressed_size) {
      fail(fmt::format("{} bytes cannot hold the {} that it promises", entry.compressed_size,
                       entry.size));
    }
    contents.buffer = allocate(entry.size);
    contents.begin = 0;
    Inflater inflater(operation, contents.name, bytes.subspan(begin, entry.compressed_size),
                      Inflater::Wrapper::none, begin);
    const std::size_t count = inflater.read({contents.buffer.data(), entry.size});
    if (count != entry.size) fail(fmt::format("it holds {} bytes, not {}", count, entry.size));
    inflater.expect_end();
  }
  if (checksum_of(contents.bytes()) != entry.checksum) fail("its checksum is wrong");
  return contents;
}

}  // namespace gradus::io
