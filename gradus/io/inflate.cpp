#include "gradus/io/inflate.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "gradus/io/file_bytes.h"

namespace gradus::io {

struct Inflater::State {
  z_stream stream{};
  std::span<const std::byte> compressed;
  std::size_t given = 0;  // bytes of `compressed` that the stream was shown
  bool ended = false;

  std::size_t used() const { return given - stream.avail_in; }
  /// zlib counts in 32 bits: larger data are shown in pieces.
  void refill() {
    const auto piece = std::min<std::size_t>(compressed.size() - given, 1u << 30);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(compressed.data() + given));
    stream.avail_in = static_cast<uInt>(piece);
    given += piece;
  }
};

Inflater::Inflater(const char* operation, std::string file, std::span<const std::byte> compressed,
                   Wrapper wrapper, std::uint64_t base)
    : operation_(operation),
      file_(std::move(file)),
      wrapper_(wrapper),
      base_(base),
      state_(std::make_unique<State>()) {
  state_->compressed = compressed;
  constexpr int kGzip = 16;  // added to the window bits, as zlib.h says
  if (inflateInit2(&state_->stream, wrapper == Wrapper::gzip ? MAX_WBITS + kGzip : -MAX_WBITS) !=
      Z_OK) {
    throw Error(ErrorCode::out_of_memory, operation, file_ + ": no memory to decompress it");
  }
}

Inflater::~Inflater() { inflateEnd(&state_->stream); }

std::size_t Inflater::read(std::span<std::byte> out) {
  State& state = *state_;
  std::size_t filled = 0;
  while (filled < out.size() && !state.ended) {
    if (state.stream.avail_in == 0) state.refill();
    const auto room = std::min<std::size_t>(out.size() - filled, 1u << 30);
    state.stream.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    state.stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&state.stream, Z_NO_FLUSH);
    filled += room - state.stream.avail_out;
    if (result == Z_STREAM_END) {
      // RFC 1952: a gzip file is one member after another.
      const bool more =
          wrapper_ == Wrapper::gzip && is_gzip(state.compressed.subspan(state.used()));
      state.ended = !more || inflateReset(&state.stream) != Z_OK;
    } else if (result == Z_MEM_ERROR) {
      throw Error(ErrorCode::out_of_memory, operation_, file_ + ": no memory to decompress it");
    } else if (result == Z_BUF_ERROR ||
               (result == Z_OK && state.used() == state.compressed.size() &&
                state.stream.avail_out > 0)) {
      fail("the compressed data end too early");
    } else if (result != Z_OK) {
      fail(fmt::format("the compressed data are damaged ({})",
                       state.stream.msg ? state.stream.msg : "a preset dictionary"));
    }
  }
  return filled;
}

void Inflater::expect_end() {
  std::byte extra{};
  if (read({&extra, 1}) != 0) fail("there are more data than the header says");
  const std::size_t left = state_->compressed.size() - state_->used();
  if (left != 0) fail(fmt::format("{} bytes follow the compressed data", left));
}

void Inflater::fail(const std::string& what) const {
  throw format_error(operation_, file_, fmt::format("byte {}: {}", base_ + state_->used(), what));
}

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

}  // namespace gradus::io
