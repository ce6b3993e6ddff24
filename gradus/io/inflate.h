// Internal: readers of compressed files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace gradus::io {

/// DEFLATE makes no more than this many bytes out of one (RFC 1951: 258 bytes from 2 bits).
inline constexpr std::uint64_t kMostInflation = 1032;

/// Decompresses DEFLATE data that are in memory, piece by piece. Throws Error naming the file and
/// the byte where the data are damaged or end too early; `base` is the place of `compressed` in the
/// file.
class Inflater {
 public:
  enum class Wrapper { gzip, none };  ///< gzip: one or more members, checksums verified
  Inflater(const char* operation, std::string file, std::span<const std::byte> compressed,
           Wrapper wrapper, std::uint64_t base = 0);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Fills `out`, or what there is left to fill of it; returns the number of bytes.
  std::size_t read(std::span<std::byte> out);
  /// Throws Error if anything is left, compressed or not.
  void expect_end();

 private:
  struct State;
  [[noreturn]] void fail(const std::string& what) const;

  const char* operation_;
  std::string file_;
  Wrapper wrapper_;
  std::uint64_t base_;
  std::unique_ptr<State> state_;
};

/// True if the bytes begin like a gzip file.
bool is_gzip(std::span<const std::byte> bytes);

}  // namespace gradus::io
