#include "gradus/train/recipe_errors.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::train {
namespace {

constexpr std::size_t kShown = 7;

}  // namespace

std::string Place::to_string() const {
  return line == 0 ? source : fmt::format("{}:{}:{}", source, line, column);
}

void RecipeErrors::add(Place place, std::string key, std::string what) {
  entries_.push_back({std::move(place), std::move(key), std::move(what)});
}

void RecipeErrors::throw_if_any(const std::string& source) const {
  if (entries_.empty()) return;
  std::vector<Entry> entries = entries_;
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  std::string message =
      fmt::format("{} has {} fault{}", source, entries.size(), entries.size() == 1 ? "" : "s");
  const std::size_t shown = entries.size() <= kShown + 1 ? entries.size() : kShown;
  for (std::size_t i = 0; i < shown; ++i) {
    const Entry& entry = entries[i];
    message += fmt::format("\n{}: {}{}{}", entry.place.to_string(), entry.key,
                           entry.key.empty() ? "" : ": ", entry.what);
  }
  if (shown < entries.size()) message += fmt::format("\nand {} more", entries.size() - shown);
  throw Error(ErrorCode::format, "recipe", message);
}

}  // namespace gradus::train
