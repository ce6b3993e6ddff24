#include "gradus/base/nearest_name.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace gradus {
namespace {

constexpr std::size_t kTelling = 4;  // so many first letters in common say something

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

/// "fashion-mnist" for "mnist", "convolution" for "conv2d"; empty if no part is alike.
std::string name_in_part_alike(std::string_view name, std::span<const std::string> names) {
  for (const std::string& candidate : names) {
    if (candidate.find(name) != candidate.npos) return candidate;
  }
  std::string longest;
  std::size_t alike = kTelling - 1;
  for (const std::string& candidate : names) {
    const std::size_t length = std::min(name.size(), candidate.size());
    const auto ends = std::mismatch(
        name.begin(), name.begin() + static_cast<std::ptrdiff_t>(length), candidate.begin());
    const auto same = static_cast<std::size_t>(ends.first - name.begin());
    if (same <= alike) continue;
    alike = same;
    longest = candidate;
  }
  return longest;
}

}  // namespace

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
  return longer == names.end() ? name_in_part_alike(name, names) : *longer;
}

std::string suggestion(std::string_view name, std::span<const std::string> allowed) {
  if (allowed.empty()) return "";
  const std::string nearest = nearest_name(name, allowed);
  return fmt::format("; allowed: {}{}", fmt::join(allowed.begin(), allowed.end(), ", "),
                     nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
}

}  // namespace gradus
