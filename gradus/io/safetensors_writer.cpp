#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "gradus/io/atomic_file.h"
#include "gradus/io/safetensors.h"
#include "gradus/io/safetensors_header.h"
#include "gradus/io/utf8.h"

namespace gradus::io {
namespace {

using Named = NamedTensors::value_type;

constexpr const char* kWriteSafetensors = "write_safetensors";

void check_contents(const std::string& path, const Safetensors& contents) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::invalid_argument, kWriteSafetensors, path + ": " + what);
  };
  std::unordered_set<std::string_view> names;
  for (const auto& [name, tensor] : contents.tensors) {
    if (find_invalid_utf8(name)) refuse("the name of a tensor is not UTF-8");
    if (!names.insert(name).second) refuse(fmt::format("two tensors are named '{}'", name));
    if (name == kSafetensorsMetadata) refuse(fmt::format("the name '{}' is reserved", name));
    if (!tensor.defined()) refuse(fmt::format("tensor '{}' is undefined", name));
  }
  for (const auto& [key, value] : contents.metadata) {
    if (find_invalid_utf8(key) || find_invalid_utf8(value)) refuse("the metadata are not UTF-8");
  }
}

/// Tensors widest element type first, otherwise in the order given.
std::vector<const Named*> layout(const Safetensors& contents) {
  std::vector<const Named*> order;
  for (const auto& named : contents.tensors) order.push_back(&named);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return size_of(a->second.dtype()) > size_of(b->second.dtype());
  });
  return order;
}

/// The length and the JSON, padded so that the data begin at a multiple of 8 bytes.
std::string header_of(const Safetensors& contents, const std::vector<const Named*>& order) {
  std::unordered_map<const Named*, std::uint64_t> begins;
  std::uint64_t end = 0;
  for (const auto* named : order) {
    begins[named] = end;
    end += static_cast<std::uint64_t>(named->second.size()) * size_of(named->second.dtype());
  }
  std::string text = "{";
  const auto append = [&](const std::string& key, const nlohmann::ordered_json& value) {
    if (text.size() > 1) text += ',';
    text += nlohmann::ordered_json(key).dump() + ':' + value.dump();
  };
  if (!contents.metadata.empty()) {
    auto texts = nlohmann::ordered_json::object();
    for (const auto& [key, value] : contents.metadata) texts[key] = value;
    append(std::string(kSafetensorsMetadata), texts);
  }
  for (const auto& named : contents.tensors) {
    const auto& [name, tensor] = named;
    const std::uint64_t begin = begins[&named];
    const std::uint64_t bytes = static_cast<std::uint64_t>(tensor.size()) * size_of(tensor.dtype());
    append(name,
           {{"dtype", safetensors_name(tensor.dtype())},
            {"shape", std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end())},
            {"data_offsets", {begin, begin + bytes}}});
  }
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + text;
}

}  // namespace

void write_safetensors(const std::string& path, const Safetensors& contents) {
  check_contents(path, contents);
  Tensors values;
  for (const auto& [name, tensor] : contents.tensors) values.push_back(tensor);
  eval(values);
  const auto order = layout(contents);
  const std::string header = header_of(contents, order);
  if (header.size() - 8 > kMaximumSafetensorsHeader) {
    throw Error(ErrorCode::unsupported, kWriteSafetensors,
                fmt::format("{}: the header would have {} bytes, over the limit of 100 MB", path,
                            header.size() - 8));
  }
  AtomicFile file(kWriteSafetensors, path);
  file.write(std::string_view(header));
  for (const auto* named : order) file.write(named->second.bytes());
  file.commit();
}

}  // namespace gradus::io
