#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "gradus/io/safetensors.h"
#include "gradus/io/safetensors_header.h"

namespace gradus::io {
namespace {

constexpr std::size_t kLengthBytes = 8;

/// The header's length, checked against the format's limit and the file.
std::uint64_t header_length(const FileBytes& file) {
  if (file.size < kLengthBytes) {
    throw format_error(kReadSafetensors, file.name,
                       fmt::format("it is not a safetensors file: it has {} bytes, and the length "
                                   "of a header takes 8",
                                   file.size));
  }
  std::uint64_t length = 0;  // little-endian, as every machine that Gradus runs on
  std::memcpy(&length, file.bytes().data(), kLengthBytes);
  const bool may_be_header =
      file.size > kLengthBytes && file.bytes()[kLengthBytes] == std::byte{'{'};
  if (length > file.size - kLengthBytes && !may_be_header) {
    throw format_error(kReadSafetensors, file.name,
                       "it is not a safetensors file: its first 8 bytes are not the length of a "
                       "header, and no '{' follows them");
  }
  if (length > kMaximumSafetensorsHeader) {
    throw format_error(
        kReadSafetensors, file.name,
        fmt::format("byte 0: a header of {} bytes is over the limit of 100 MB", length));
  }
  if (length > file.size - kLengthBytes) {
    throw format_error(kReadSafetensors, file.name,
                       fmt::format("byte 0: a header of {} bytes ends beyond the file of {} bytes",
                                   length, file.size));
  }
  return length;
}

/// Throws Error unless the entries cover the data exactly: no hole, no overlap, nothing after.
void check_coverage(const FileBytes& file, const std::vector<SafetensorsEntry>& entries,
                    std::uint64_t data_size) {
  std::vector<const SafetensorsEntry*> order;
  for (const auto& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  std::uint64_t covered = 0;
  const SafetensorsEntry* before = nullptr;
  for (const auto* entry : order) {
    if (entry->begin > covered) {
      throw format_error(kReadSafetensors, file.name,
                         fmt::format("tensor '{}': bytes {} to {} of the data before it belong to "
                                     "no tensor",
                                     entry->name, covered, entry->begin));
    }
    if (entry->begin < covered) {
      throw format_error(
          kReadSafetensors, file.name,
          fmt::format("tensor '{}': its data overlap those of '{}'", entry->name, before->name));
    }
    if (entry->end > data_size) {
      throw format_error(kReadSafetensors, file.name,
                         fmt::format("tensor '{}': its data end at byte {} of {}", entry->name,
                                     entry->end, data_size));
    }
    covered = entry->end;
    before = entry;
  }
  if (covered != data_size) {
    throw format_error(kReadSafetensors, file.name,
                       fmt::format("byte {}: {} bytes follow the last tensor",
                                   file.size - (data_size - covered), data_size - covered));
  }
}

}  // namespace

const Tensor* Safetensors::find(std::string_view name) const {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const auto& named) { return named.first == name; });
  return found == tensors.end() ? nullptr : &found->second;
}

Safetensors parse_safetensors(const FileBytes& file) {
  const std::uint64_t length = header_length(file);
  const auto* text = reinterpret_cast<const char*>(file.bytes().data()) + kLengthBytes;
  auto header = parse_safetensors_header(file.name, {text, length});
  const std::uint64_t data_begin = kLengthBytes + length;
  check_coverage(file, header.entries, file.size - data_begin);
  Safetensors contents{{}, Metadata({header.metadata.begin(), header.metadata.end()})};
  contents.tensors.reserve(header.entries.size());
  for (auto& entry : header.entries) {
    const std::uint64_t offset = data_begin + entry.begin;
    if (entry.dtype == DType::boolean) {
      check_booleans(kReadSafetensors, file, offset, entry.end - entry.begin);
    }
    contents.tensors.emplace_back(std::move(entry.name),
                                  tensor_over(file, offset, entry.shape, entry.dtype));
  }
  return contents;
}

Safetensors read_safetensors(const std::string& path) {
  return parse_safetensors(map_file(kReadSafetensors, path));
}

}  // namespace gradus::io
