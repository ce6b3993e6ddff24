#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>

namespace gradus::io {

/// `text` compressed by zlib, in the gzip format or as bare DEFLATE data.
inline std::string deflate_text(const std::string& text, int window_bits) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
inline std::string gzip(const std::string& text) { return deflate_text(text, MAX_WBITS + 16); }
inline std::string raw_deflate(const std::string& text) { return deflate_text(text, -MAX_WBITS); }

}  // namespace gradus::io
