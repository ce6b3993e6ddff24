#include "bad_files.h"

#include <zlib.h>

#include <cstdint>

namespace gradus::cli {
namespace {

std::string little_endian(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> 8 * i & 0xff);
  return bytes;
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int i = 3; i >= 0; --i) bytes += static_cast<char>(value >> 8 * i & 0xff);
  return bytes;
}

}  // namespace

std::string safetensors(const std::string& header, const std::string& data) {
  return little_endian(header.size()) + header + data;
}

std::vector<BadFile> bad_safetensors() {
  const std::string eight(8, '\0');
  const std::string twelve(12, '\0');
  return {
      {"empty file", "", ""},
      {"cut inside the length", "\x02\x00\x00", ""},
      {"header over 100 MB", little_endian(100'000'001) + "{}", ""},
      {"header past the end of the file", little_endian(1000) + "{}", ""},
      {"length that overflows", little_endian(~std::uint64_t{0}) + "{}", ""},
      {"header that is not UTF-8", safetensors("{\"\xff\xfe\":1}", ""), ""},
      {"header that is not JSON", safetensors("{\"a\":", ""), ""},
      {"header that does not start with {", safetensors(" {}", ""), ""},
      {"header that is a list", safetensors("[]", ""), ""},
      {"duplicate key",
       safetensors(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                   R"("w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                   eight),
       "w"},
      {"hole",
       safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                   R"("b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
                   twelve),
       "b"},
      {"overlap",
       safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                   R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                   twelve),
       "b"},
      {"trailing bytes",
       safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", eight), ""},
      {"data past the end",
       safetensors(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})", eight), "a"},
      {"size unlike shape times type",
       safetensors(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", eight), "a"},
      {"extents whose product overflows",
       safetensors(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
                   ""),
       "a"},
      {"unknown element type",
       safetensors(R"({"a":{"dtype":"Q3","shape":[1],"data_offsets":[0,4]}})", eight), "a"},
      {"negative extent",
       safetensors(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", eight), "a"},
  };
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16 /* gzip */, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string idx(const std::vector<std::uint32_t>& extents, const std::string& elements) {
  std::string file{'\0', '\0', '\x08' /* unsigned bytes */, static_cast<char>(extents.size())};
  for (const std::uint32_t extent : extents) file += big_endian(extent);
  return file + elements;
}

}  // namespace gradus::cli
