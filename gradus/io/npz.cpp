#include "gradus/io/npz.h"

#include <fmt/format.h>

#include <unordered_set>
#include <vector>

#include "gradus/io/npy_header.h"
#include "gradus/io/utf8.h"
#include "gradus/io/zip.h"

namespace gradus::io {
namespace {

constexpr std::string_view kSuffix = ".npy";

void check_names(const std::string& path, const NamedTensors& tensors) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::invalid_argument, "write_npz", path + ": " + what);
  };
  std::unordered_set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    if (name.empty() || name.size() > 65'000) refuse("a name is empty or too long");
    if (find_invalid_utf8(name)) refuse("the name of a tensor is not UTF-8");
    if (!names.insert(name).second) refuse(fmt::format("two tensors are named '{}'", name));
    if (!tensor.defined()) refuse(fmt::format("tensor '{}' is undefined", name));
  }
}

}  // namespace

NamedTensors parse_npz(const FileBytes& file) {
  NamedTensors tensors;
  for (const ZipEntry& entry : read_zip_directory("read_npz", file)) {
    if (!std::string_view(entry.name).ends_with(kSuffix)) {
      throw format_error("read_npz", file.name,
                         fmt::format("entry '{}': it is not a .npy file", entry.name));
    }
    tensors.emplace_back(entry.name.substr(0, entry.name.size() - kSuffix.size()),
                         parse_npy(read_zip_entry("read_npz", file, entry)));
  }
  return tensors;
}

NamedTensors read_npz(const std::string& path) { return parse_npz(map_file("read_npz", path)); }

void write_npz(const std::string& path, const NamedTensors& tensors, const NpzOptions& options) {
  check_names(path, tensors);
  std::vector<std::string> preambles;
  for (const auto& [name, tensor] : tensors) {
    preambles.push_back(npy_preamble("write_npz", path + ": tensor '" + name + "'", tensor));
    tensor.eval();
  }
  const auto compression = options.compression == NpzOptions::Compression::deflated
                               ? ZipWriter::Compression::deflated
                               : ZipWriter::Compression::stored;
  AtomicFile file("write_npz", path);
  ZipWriter archive(file);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    archive.add(name + std::string(kSuffix), preambles[i], tensor.bytes(), compression);
  }
  archive.finish();
  file.commit();
}

}  // namespace gradus::io
