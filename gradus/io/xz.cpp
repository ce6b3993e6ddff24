#include "gradus/io/xz.h"

#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <array>

namespace gradus::io {

struct XzReader::State {
  lzma_stream stream = LZMA_STREAM_INIT;
  bool ended = false;
};

XzReader::XzReader(const char* operation, const FileBytes& file)
    : operation_(operation), file_(file), state_(std::make_unique<State>()) {
  constexpr std::uint64_t kMemory = std::uint64_t{256} << 20;
  lzma_stream& stream = state_->stream;
  if (lzma_stream_decoder(&stream, kMemory, LZMA_CONCATENATED) != LZMA_OK) {
    throw Error(ErrorCode::out_of_memory, operation, file.name + ": no memory to decompress it");
  }
  stream.next_in = reinterpret_cast<const std::uint8_t*>(file.bytes().data());
  stream.avail_in = file.size;
}

XzReader::~XzReader() { lzma_end(&state_->stream); }

std::size_t XzReader::read(std::span<std::byte> out) {
  lzma_stream& stream = state_->stream;
  stream.next_out = reinterpret_cast<std::uint8_t*>(out.data());
  stream.avail_out = out.size();
  while (stream.avail_out > 0 && !state_->ended) {
    switch (lzma_code(&stream, LZMA_FINISH)) {
      case LZMA_OK:
        break;
      case LZMA_STREAM_END:
        state_->ended = true;
        break;
      case LZMA_BUF_ERROR:
        throw fault(ErrorCode::format, "the compressed data end too early");
      case LZMA_MEM_ERROR:
        throw fault(ErrorCode::out_of_memory, "no memory to decompress it");
      case LZMA_MEMLIMIT_ERROR:
        throw fault(ErrorCode::unsupported, "it wants more than 256 MiB to be decompressed");
      case LZMA_OPTIONS_ERROR:
        throw fault(ErrorCode::unsupported, "it is compressed in a way that is not known here");
      default:
        throw fault(ErrorCode::format, "the compressed data are damaged");
    }
  }
  return out.size() - stream.avail_out;
}

void XzReader::expect_end() {
  std::byte extra{};
  if (read({&extra, 1}) != 0) {
    throw fault(ErrorCode::format, "there are more data than the header says");
  }
}

Error XzReader::fault(ErrorCode code, const std::string& what) const {
  return Error(code, operation_,
               fmt::format("{}: byte {}: {}", file_.name, state_->stream.total_in, what));
}

bool is_xz(std::span<const std::byte> bytes) {
  constexpr std::array<unsigned char, 6> kMagic = {0xfd, '7', 'z', 'X', 'Z', 0};
  return bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), bytes.begin(),
                    [](unsigned char a, std::byte b) { return std::byte{a} == b; });
}

}  // namespace gradus::io
