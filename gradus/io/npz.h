#pragma once

#include <string>

#include "gradus/io/npy.h"
#include "gradus/io/safetensors.h"

namespace gradus::io {

/// Reads a .npz file: named .npy files in a zip archive, stored or compressed. Names come without
/// ".npy", in the archive's order. Throws Error as read_npy does, naming the archive and the entry.
NamedTensors read_npz(const std::string& path);
NamedTensors parse_npz(const FileBytes& file);

struct NpzOptions {
  enum class Compression { stored, deflated };
  Compression compression = Compression::stored;
};

/// Writes a .npz file atomically. Throws Error if two tensors have one name, a name is empty,
/// longer than 65,000 bytes or not UTF-8, or a tensor is undefined or bf16.
void write_npz(const std::string& path, const NamedTensors& tensors,
               const NpzOptions& options = {});

}  // namespace gradus::io
