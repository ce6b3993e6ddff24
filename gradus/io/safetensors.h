#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/core/tensor.h"
#include "gradus/io/file_bytes.h"
#include "gradus/io/metadata.h"

namespace gradus::io {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// The contents of a safetensors file: named tensors in the order of its header, and free text.
/// Format: https://github.com/huggingface/safetensors
struct Safetensors {
  NamedTensors tensors = {};
  Metadata metadata = {};

  /// The tensor of that name, or nullptr.
  const Tensor* find(std::string_view name) const;
};

/// Reads a safetensors file. The tensors share the mapped file; only what lies misaligned in it is
/// copied. Throws Error naming the file and the byte or tensor where it departs from the format
/// (format), or where an element type is none of Gradus's (unsupported).
Safetensors read_safetensors(const std::string& path);
Safetensors parse_safetensors(const FileBytes& file);

/// Writes tensors atomically (see AtomicFile). The header keeps their order; the data are laid out
/// widest element type first, so that every tensor is aligned. Throws Error if a name is given
/// twice, is reserved ("__metadata__") or is not UTF-8, or if the file cannot be written.
void write_safetensors(const std::string& path, const Safetensors& contents);

}  // namespace gradus::io
