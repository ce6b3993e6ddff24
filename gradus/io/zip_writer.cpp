#include <zlib.h>

#include <algorithm>
#include <utility>

#include "gradus/io/zip.h"
#include "gradus/io/zip_layout.h"

namespace gradus::io {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::uint16_t kVersion = 45;  // needed to read 64-bit sizes
constexpr std::uint16_t kUtf8Names = 0x800;
constexpr std::uint16_t kFirstOfJanuary1980 = 0x21;  // archives of equal contents are equal

std::uint32_t checksum_of(std::string_view head, std::span<const std::byte> body) {
  const auto first = crc32_z(0, reinterpret_cast<const Bytef*>(head.data()), head.size());
  return static_cast<std::uint32_t>(
      crc32_z(first, reinterpret_cast<const Bytef*>(body.data()), body.size()));
}

/// A DEFLATE stream fed piece by piece.
class Deflater {
 public:
  Deflater() {
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw Error(ErrorCode::out_of_memory, "zip_writer", "no memory to compress");
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void add(std::span<const std::byte> bytes) {
    constexpr std::size_t kPiece = std::size_t{1} << 30;  // zlib counts in 32 bits
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), kPiece))) {
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
      stream_.avail_in = static_cast<uInt>(std::min(bytes.size(), kPiece));
      run(Z_NO_FLUSH);
    }
  }
  std::string finish() {
    run(Z_FINISH);
    return std::move(out_);
  }

 private:
  void run(int flush) {
    char room[1 << 15];
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(room);
      stream_.avail_out = sizeof(room);
      deflate(&stream_, flush);
      out_.append(room, sizeof(room) - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
  std::string out_;
};

/// What local and central headers have in common, from the version on. All sizes are in 64 bits.
std::string shared_fields(const ZipEntry& entry, std::size_t extra) {
  std::string bytes;
  zip::append(bytes, kVersion);
  zip::append(bytes, kUtf8Names);
  zip::append(bytes, entry.deflated ? zip::kDeflated : zip::kStored);
  zip::append(bytes, std::uint16_t{0});
  zip::append(bytes, kFirstOfJanuary1980);
  zip::append(bytes, entry.checksum);
  zip::append(bytes, zip::kIn64);
  zip::append(bytes, zip::kIn64);
  zip::append(bytes, static_cast<std::uint16_t>(entry.name.size()));
  zip::append(bytes, static_cast<std::uint16_t>(extra));
  return bytes;
}

std::string sizes64(const ZipEntry& entry) {
  std::string bytes;
  zip::append(bytes, entry.size);
  zip::append(bytes, entry.compressed_size);
  return bytes;
}

std::string local_header(const ZipEntry& entry, bool align) {
  std::string extra;
  zip::append(extra, zip::kExtra64);
  zip::append(extra, std::uint16_t{16});
  extra += sizes64(entry);
  const std::uint64_t end =
      entry.header + zip::kLocalHeaderSize + entry.name.size() + extra.size() + 4;
  if (align) {
    const auto pad = static_cast<std::uint16_t>((kAlignment - end % kAlignment) % kAlignment);
    zip::append(extra, zip::kExtraPad);
    zip::append(extra, pad);
    extra.append(pad, '\0');
  }
  std::string bytes;
  zip::append(bytes, zip::kLocalHeader);
  return bytes + shared_fields(entry, extra.size()) + entry.name + extra;
}

std::string central_header(const ZipEntry& entry) {
  constexpr std::uint16_t kSizes = 24;
  std::string bytes;
  zip::append(bytes, zip::kCentralHeader);
  zip::append(bytes, kVersion);
  bytes += shared_fields(entry, 4 + kSizes);
  zip::append(bytes, std::uint16_t{0});  // comment
  zip::append(bytes, std::uint16_t{0});  // disk
  zip::append(bytes, std::uint16_t{0});  // attributes
  zip::append(bytes, std::uint32_t{0});
  zip::append(bytes, zip::kIn64);
  bytes += entry.name;
  zip::append(bytes, zip::kExtra64);
  zip::append(bytes, kSizes);
  bytes += sizes64(entry);
  zip::append(bytes, entry.header);
  return bytes;
}

}  // namespace

void ZipWriter::write(std::string_view bytes) {
  write(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

void ZipWriter::write(std::span<const std::byte> bytes) {
  file_.write(bytes);
  position_ += bytes.size();
}

void ZipWriter::add(std::string name, std::string_view head, std::span<const std::byte> body,
                    Compression compression) {
  const bool deflated = compression == Compression::deflated;
  ZipEntry entry{std::move(name),           deflated,
                 checksum_of(head, body),   head.size() + body.size(),
                 head.size() + body.size(), position_};
  if (deflated) {
    Deflater deflater;
    deflater.add(std::as_bytes(std::span(head.data(), head.size())));
    deflater.add(body);
    const std::string compressed = deflater.finish();
    entry.compressed_size = compressed.size();
    write(local_header(entry, false));
    write(std::string_view(compressed));
  } else {
    write(local_header(entry, true));
    write(head);
    write(body);
  }
  entries_.push_back(std::move(entry));
}

void ZipWriter::finish() {
  const std::uint64_t begin = position_;
  for (const ZipEntry& entry : entries_) write(std::string_view(central_header(entry)));
  const std::uint64_t size = position_ - begin;
  const std::uint64_t end64 = position_;
  const std::uint64_t count = entries_.size();
  std::string bytes;
  zip::append(bytes, zip::kEnd64);
  zip::append(bytes, std::uint64_t{zip::kEnd64Size - 12});  // of what follows
  zip::append(bytes, kVersion);
  zip::append(bytes, kVersion);
  zip::append(bytes, std::uint32_t{0});  // this disk, and the directory's
  zip::append(bytes, std::uint32_t{0});
  for (const std::uint64_t value : {count, count, size, begin}) zip::append(bytes, value);
  zip::append(bytes, zip::kEnd64Locator);
  zip::append(bytes, std::uint32_t{0});
  zip::append(bytes, end64);
  zip::append(bytes, std::uint32_t{1});  // disks
  zip::append(bytes, zip::kEnd);
  zip::append(bytes, std::uint32_t{0});
  zip::append(bytes, zip::kIn64Short);
  zip::append(bytes, zip::kIn64Short);
  zip::append(bytes, zip::kIn64);
  zip::append(bytes, zip::kIn64);
  zip::append(bytes, std::uint16_t{0});
  write(std::string_view(bytes));
}

}  // namespace gradus::io
