#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/nn/options.h"
#include "gradus/train/place.h"

namespace gradus::train {

/// Which numbers a key takes.
struct Limits {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool above_low = false;   ///< `low` itself is not taken
  bool below_high = false;  ///< `high` itself is not taken
};

/// Which texts a key takes.
struct TextRule {
  std::vector<std::string> names = {};  ///< the only texts allowed; empty: any
  bool required = false;
  std::vector<std::string> docs = {};  ///< of the names, a sentence each; may be empty
};

/// Meets every key of a recipe: to read it, to print it, to compare it with another. The parts of a
/// recipe are structs with `void fields(RecipeVisitor& v)`; the options of layers, losses and
/// optimisers are visited through the base.
class RecipeVisitor : public nn::OptionVisitor {
 public:
  using nn::OptionVisitor::operator();

  virtual void integer(const char* name, std::int64_t& value, const Limits& limits) = 0;
  /// An integer alone is a list of one.
  virtual void integers(const char* name, Dims& values, const Limits& limits) = 0;
  virtual void number(const char* name, float& value, const Limits& limits) = 0;
  virtual void number(const char* name, double& value, const Limits& limits) = 0;
  virtual void numbers(const char* name, std::vector<double>& values, const Limits& limits) = 0;
  /// False if what stands there is not a text that the rule takes.
  virtual bool text(const char* name, std::string& value, const TextRule& rule) = 0;

  template <class T>
  void table(const char* name, T& part) {
    if (!enter(name)) return;
    part.fields(*this);
    leave();
  }
  /// A table that may be left out.
  template <class T>
  void table(const char* name, std::optional<T>& part) {
    if (!is_present(name, part.has_value())) return;
    if (!part) part.emplace();
    table(name, *part);
  }
  /// A list of tables.
  template <class T>
  void tables(const char* name, std::vector<T>& parts) {
    parts.resize(enter_list(name, parts.size()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!enter_element(i)) continue;
      parts[i].fields(*this);
      leave();
    }
    leave_list();
  }

  /// Where the table being visited stands; nothing when it is not being read.
  virtual std::optional<Place> place() const { return std::nullopt; }
  /// Where a key of it stands, or the table if it has no such key; nothing when it is not being
  /// read.
  virtual std::optional<Place> place_of_key(std::string_view /*key*/) const { return std::nullopt; }
  /// A fault that the rules above cannot state, of a key at or below this table ("monitor",
  /// "early_stopping.monitor"), or of the table itself if `key` is empty.
  virtual void fault(std::string_view /*key*/, const std::string& /*what*/) {}
  /// Which other keys this table has cannot be known.
  virtual void take_the_rest() {}

 protected:
  virtual bool is_present(const char* name, bool has_value) = 0;
  virtual bool enter(const char* name) = 0;
  virtual std::size_t enter_list(const char* name, std::size_t size) = 0;
  virtual bool enter_element(std::size_t index) = 0;
  virtual void leave() = 0;
  virtual void leave_list() = 0;
};

}  // namespace gradus::train
