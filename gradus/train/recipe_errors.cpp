#include "gradus/train/recipe_errors.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::train {
namespace {

constexpr std::size_t kShown = 7;

/// How many single changes (a letter added, dropped or replaced, two neighbours exchanged) lead
/// from a to b: optimal string alignment.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> table((a.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
    return table[i * width + j];
  };
  for (std::size_t i = 0; i <= a.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = at(i - 1, j - 1) + (a[i - 1] != b[j - 1]);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  }
  return table.back();
}

}  // namespace

std::string Place::to_string() const {
  return line == 0 ? source : fmt::format("{}:{}:{}", source, line, column);
}

std::string nearest_name(std::string_view name, std::span<const std::string> names) {
  // A third of the letters may be wrong; a name that goes on where this one stops counts as near.
  std::string nearest;
  std::size_t least = std::max<std::size_t>(1, (name.size() + 1) / 3) + 1;
  for (const std::string& candidate : names) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  if (!nearest.empty() || name.size() < 3) return nearest;
  const auto longer = std::find_if(names.begin(), names.end(), [&](const std::string& candidate) {
    return candidate.starts_with(name) || (candidate.size() > 2 && name.starts_with(candidate));
  });
  return longer == names.end() ? "" : *longer;
}

std::string suggestion(std::string_view name, std::span<const std::string> allowed) {
  if (allowed.empty()) return "";
  const std::string nearest = nearest_name(name, allowed);
  return fmt::format("; allowed: {}{}", fmt::join(allowed.begin(), allowed.end(), ", "),
                     nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
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
