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
  /// Throw Error if a name is given twice.
  Metadata(std::initializer_list<Entry> entries);
  explicit Metadata(std::vector<Entry> entries);

  /// The text of that name, or nullptr.
  const std::string* find(std::string_view name) const;
  /// Gives `name` a text, in place of the one it had.
  void set(std::string_view name, std::string text);
  /// Forgets `name`, if it is there.
  void erase(std::string_view name);

  bool empty() const noexcept { return begin() == end(); }
  const Entry* begin() const noexcept { return entries_.data(); }
  const Entry* end() const noexcept { return entries_.data() + entries_.size(); }
  friend bool operator==(const Metadata& a, const Metadata& b);

 private:
  std::vector<Entry> entries_;
};

}  // namespace gradus::io
