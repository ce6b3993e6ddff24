#include "gradus/io/metadata.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::io {
namespace {

/// The first entry whose name is not before `name`.
template <class Entries>
auto place_of(Entries& entries, std::string_view name) {
  return std::lower_bound(entries.begin(), entries.end(), name,
                          [](const Metadata::Entry& entry, std::string_view wanted) {
                            return entry.first.compare(wanted) < 0;
                          });
}

}  // namespace

Metadata::Metadata(std::initializer_list<Entry> entries) : Metadata(std::vector<Entry>(entries)) {}

Metadata::Metadata(std::vector<Entry> entries) : entries_(std::move(entries)) {
  std::sort(entries_.begin(), entries_.end());
  const auto twice =
      std::adjacent_find(entries_.begin(), entries_.end(),
                         [](const Entry& a, const Entry& b) { return a.first == b.first; });
  if (twice != entries_.end()) {
    throw Error(ErrorCode::invalid_argument, "metadata",
                fmt::format("the name '{}' is given twice", twice->first));
  }
}

const std::string* Metadata::find(std::string_view name) const {
  const auto place = place_of(entries_, name);
  return place != entries_.end() && place->first == name ? &place->second : nullptr;
}

void Metadata::set(std::string_view name, std::string text) {
  const auto place = place_of(entries_, name);
  if (place != entries_.end() && place->first == name) {
    place->second = std::move(text);
  } else {
    entries_.emplace(place, name, std::move(text));
  }
}

void Metadata::erase(std::string_view name) {
  const auto place = place_of(entries_, name);
  if (place != entries_.end() && place->first == name) entries_.erase(place);
}

bool operator==(const Metadata& a, const Metadata& b) { return a.entries_ == b.entries_; }

}  // namespace gradus::io
