#include "gradus/train/recipe_override.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace gradus::train {
namespace {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  for (;;) {
    const auto dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == path.npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

/// A table with the value under "value".
toml::table parse_value(const std::string& text) {
  try {
    toml::table parsed = toml::parse("value = " + text);
    if (parsed.size() == 1) return parsed;  // a line break in the text could add keys
  } catch (const toml::parse_error&) {
    // A text without quotes, as a shell would have it.
  }
  return toml::table{{"value", text}};
}

/// Puts `value` where `parts` lead; returns what is in the way, if anything is.
std::string put(toml::table& root, const std::vector<std::string>& parts, const toml::node& value) {
  toml::node* place = &root;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (toml::table* table = place->as_table()) {
      if (last) {
        table->insert_or_assign(parts[i], value);
      } else {
        place = &table->insert(parts[i], toml::table{}).first->second;
      }
    } else if (toml::array* list = place->as_array()) {
      const auto index = as_index(parts[i]);
      if (!index || *index >= list->size()) {
        return fmt::format("the list has elements 0 to {}, not {}",
                           static_cast<std::int64_t>(list->size()) - 1, parts[i]);
      }
      if (last) {
        list->replace(list->cbegin() + static_cast<std::ptrdiff_t>(*index), value);
      } else {
        place = &(*list)[*index];
      }
    } else {
      return fmt::format("{} is not a table", parts[i - 1]);
    }
  }
  return "";
}

}  // namespace

std::optional<std::size_t> as_index(std::string_view part) {
  std::size_t index = 0;
  const auto [end, fault] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (fault != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return index;
}

std::set<std::string> apply_overrides(toml::table& root, const std::vector<std::string>& overrides,
                                      RecipeErrors& errors) {
  std::set<std::string> keys;
  for (const std::string& override : overrides) {
    const auto equals = override.find('=');
    const std::string key = override.substr(0, equals);
    const std::vector<std::string> parts = parts_of(key);
    const bool well_formed =
        equals != override.npos && std::find(parts.begin(), parts.end(), "") == parts.end();
    if (!well_formed) {
      errors.add({"--set " + override, 0, 0}, "", "is not of the form key.path=value");
      continue;
    }
    const toml::table value = parse_value(override.substr(equals + 1));
    const std::string obstacle = put(root, parts, *value.get("value"));
    if (!obstacle.empty()) errors.add({"--set " + key, 0, 0}, key, obstacle);
    keys.insert(key);
  }
  return keys;
}

}  // namespace gradus::train
