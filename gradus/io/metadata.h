#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus::io {

/// Text by name, sorted by name: what a safetensors file says beside its tensors.
class Metadata {
 public:
  using Entry = std::pair<std::string, std::string>;

  Metadata() = default;
  Metadata(std::initializer_list<Entry> entries) : Metadata(std::vector<Entry>(entries)) {}
  /// Throws Error if a name is given twice.
  explicit Metadata(std::vector<Entry> entries);

  /// The text of that name, or nullptr.
  const std::string* find(std::string_view name) const;
  /// Gives `name` a text, in place of the one it had.
  void set(std::string_view name, std::string text);
  /// Forgets `name`, if it is there.
  void erase(std::string_view name);

  bool empty() const noexcept { return entries_.empty(); }
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }
  friend bool operator==(const Metadata&, const Metadata&) = default;

 private:
  std::vector<Entry> entries_;
};

}  // namespace gradus::io
