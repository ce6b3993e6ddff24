#include "torch_paths.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gradus::python {
namespace {

bool starts_with_digit(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
}

std::string_view torch_name(std::string_view name) {
  if (name == "scale") return "weight";
  if (name == "shift") return "bias";
  if (name == "running_variance") return "running_var";
  return name;
}

/// "encoder.layers.0.scale" as "encoder.0.weight".
std::string torch_path(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const std::string_view name = path.substr(0, dot);
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (name == "layers" && starts_with_digit(path)) continue;
    if (!result.empty()) result += '.';
    result += path.empty() ? torch_name(name) : name;
  }
  return result;
}

}  // namespace

nn::NamedTensors with_own_paths(nn::Module& module, nn::NamedTensors state) {
  std::unordered_map<std::string, std::string> own_paths;
  bool are_own = true;
  for (const auto& [path, tensor] : nn::state(module)) {
    own_paths.emplace(torch_path(path), path);
    are_own &= std::ranges::any_of(state, [&](const auto& given) { return given.first == path; });
  }
  if (are_own) return state;
  nn::NamedTensors renamed;
  for (auto& [path, tensor] : state) {
    if (path == "num_batches_tracked" || path.ends_with(".num_batches_tracked")) continue;
    const auto own = own_paths.find(path);
    if (own == own_paths.end()) return state;
    renamed.emplace_back(own->second, tensor);
  }
  return renamed;
}

}  // namespace gradus::python
