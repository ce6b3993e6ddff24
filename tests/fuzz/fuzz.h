#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "gradus/base/error.h"
#include "gradus/core/tensor.h"
#include "gradus/io/file_bytes.h"

namespace gradus::fuzz {

inline volatile unsigned char last_byte;

/// Reads every byte of a tensor, so that the sanitizers see it.
inline void touch(const Tensor& tensor) {
  for (const std::byte b : tensor.bytes()) last_byte = std::to_integer<unsigned char>(b);
}

/// Gives the bytes to a reader, which may refuse them with an Error and in no other way.
template <class Read>
int run(const std::uint8_t* data, std::size_t size, Read&& read) {
  try {
    read(io::copy_bytes("input", std::as_bytes(std::span(data, size))));
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace gradus::fuzz
