// Internal: the header of .npy files, which .npz files hold too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/core/tensor.h"
#include "gradus/io/stored_type.h"

namespace gradus::io {

inline constexpr const char* kReadNpy = "read_npy";  ///< the operation that errors name

struct NpyHeader {
  StoredType type;
  bool fortran_order = false;
  std::vector<std::uint64_t> extents;
};

/// Parses the header's text, a Python dictionary such as
///   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
/// Throws Error naming `file` and the byte; `base` is the place of the text in the file.
NpyHeader parse_npy_header(const std::string& file, std::string_view text, std::size_t base);

/// What a .npy file of version 1 begins with, before the elements of `tensor`. Throws Error naming
/// `operation` and `file` if NumPy has no such type.
std::string npy_preamble(const char* operation, const std::string& file, const Tensor& tensor);

}  // namespace gradus::io
