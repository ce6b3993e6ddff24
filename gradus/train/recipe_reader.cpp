#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/io/file_bytes.h"
#include "gradus/train/recipe.h"
#include "gradus/train/recipe_errors.h"
#include "gradus/train/recipe_override.h"
#include "gradus/train/recipe_text.h"

namespace gradus::train {
namespace {

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

/// "is a text", or with the value where it is short: "is 0"
std::string what_it_is(const toml::node& node) {
  if (const auto integer = node.value_exact<std::int64_t>()) return fmt::format("is {}", *integer);
  if (const auto number = node.value_exact<double>()) return "is " + number_text(*number);
  if (const auto truth = node.value_exact<bool>()) return fmt::format("is {}", *truth);
  const auto text = node.value_exact<std::string_view>();
  if (text && text->size() <= 40) return fmt::format("is \"{}\"", *text);
  return fmt::format("is {}", kind_of(node));
}

/// Reads the tables of a recipe into its parts, and notes every fault.
class Reader final : public RecipeVisitor {
 public:
  /// `overridden` are the keys that --set gave, `former` all that the recipe knew before that.
  Reader(const toml::table& root, std::string source, std::set<std::string> overridden,
         std::set<std::string> former, RecipeErrors& errors)
      : source_(std::move(source)),
        overridden_(std::move(overridden)),
        former_(std::move(former)),
        errors_(errors) {
    tables_.push_back({&root, "", {}, false});
  }

  /// To be called at the end.
  void leave_root() { leave(); }
  /// Every key that was asked for, whether it was there or not.
  const std::set<std::string>& asked() const { return asked_; }

  void integer(const char* name, std::int64_t& value, const Limits& limits) override {
    const toml::node* node = find(name);
    if (node && !read_integer(*node, value, limits)) {
      refuse(name, *node, allowed_text("an integer", limits) + whole_number_hint(*node));
    }
  }

  void integers(const char* name, Dims& values, const Limits& limits) override {
    const toml::node* node = find(name);
    if (!node) return;
    const std::string allowed = allowed_text("an integer", limits);
    const toml::array* list = node->as_array();
    if (!list) {
      std::int64_t single = 0;
      if (read_integer(*node, single, limits)) {
        values = Dims{single};
      } else {
        refuse(name, *node, allowed_integers_text(limits) + whole_number_hint(*node));
      }
      return;
    }
    Dims read;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const toml::node& element = (*list)[i];
      std::int64_t value = 0;
      if (!read_integer(element, value, limits)) {
        refuse_element(name, i, element, allowed + whole_number_hint(element));
        return;
      }
      read.push_back(value);
    }
    values = read;
  }

  void number(const char* name, float& value, const Limits& limits) override {
    double read = value;
    number(name, read, limits);
    value = static_cast<float>(read);
  }

  void number(const char* name, double& value, const Limits& limits) override {
    const toml::node* node = find(name);
    if (!node) return;
    const auto read = as_finite(*node);
    if (read && is_within(*read, limits)) {
      value = *read;
    } else {
      refuse(name, *node, allowed_text(number_for(*node), limits));
    }
  }

  void numbers(const char* name, std::vector<double>& values, const Limits& limits) override {
    const toml::node* node = find(name);
    if (!node) return;
    const toml::array* list = node->as_array();
    if (!list) {
      refuse(name, *node, "a list, each element " + allowed_text("a number", limits));
      return;
    }
    std::vector<double> read;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto element = as_finite((*list)[i]);
      if (!element || !is_within(*element, limits)) {
        refuse_element(name, i, (*list)[i], allowed_text(number_for((*list)[i]), limits));
        return;
      }
      read.push_back(*element);
    }
    values = read;
  }

  bool text(const char* name, std::string& value, const TextRule& rule) override {
    const toml::node* node = find(name);
    if (!node) {
      if (!rule.required) return true;
      add(path_of(name), place_of_table(), "is missing" + suggestion("", rule.names));
      return false;
    }
    const auto read = node->value_exact<std::string>();
    if (!read) {
      refuse(name, *node, "a text");
      return false;
    }
    if (!rule.names.empty() &&
        std::find(rule.names.begin(), rule.names.end(), *read) == rule.names.end()) {
      add(path_of(name), place_of(name), what_it_is(*node) + suggestion(*read, rule.names));
      return false;
    }
    value = *read;
    return true;
  }

  void operator()(const char* name, std::int64_t& value) override { integer(name, value, {}); }

  void operator()(const char* name, float& value) override { number(name, value, {}); }

  void operator()(const char* name, bool& value) override {
    const toml::node* node = find(name);
    if (!node) return;
    if (const auto read = node->value_exact<bool>()) {
      value = *read;
    } else {
      refuse(name, *node, "true or false");
    }
  }

  void operator()(const char* name, Dims& value) override { integers(name, value, {}); }

  std::optional<Place> place() const override { return place_of_table(); }
  std::optional<Place> place_of_key(std::string_view key) const override { return place_of(key); }

  void fault(std::string_view key, const std::string& what) override {
    if (key.empty()) {
      add(tables_.back().path, place_of_table(), what);
      return;
    }
    const toml::node* outer = tables_.back().table;
    std::string_view name = key;
    for (auto dot = name.find('.'); dot != name.npos && outer; dot = name.find('.')) {
      outer = child_of(*outer, name.substr(0, dot));
      name.remove_prefix(dot + 1);
    }
    add(path_of(key), place_of_child(outer, path_of(key), name), what);
  }

  void take_the_rest() override { tables_.back().takes_the_rest = true; }

 protected:
  void choice(const char* name, int& value, std::span<const char* const> names) override {
    std::string chosen;
    if (!find(name) || !text(name, chosen, {.names = {names.begin(), names.end()}})) return;
    const auto place = std::find(names.begin(), names.end(), chosen);
    value = static_cast<int>(place - names.begin());
  }

  bool is_present(const char* name, bool /*has_value*/) override { return find(name) != nullptr; }

  bool enter(const char* name) override {
    static const toml::table kEmpty;
    const toml::node* node = find(name);
    if (node && !node->is_table()) {
      refuse(name, *node, fmt::format("a table, [{}]", path_of(name)));
      return false;
    }
    // A table that is left out is read as an empty one, so that what it must have is missed.
    tables_.push_back({node ? node->as_table() : &kEmpty, path_of(name), {}, false});
    return true;
  }

  std::size_t enter_list(const char* name, std::size_t /*size*/) override {
    const toml::node* node = find(name);
    lists_.push_back({node ? node->as_array() : nullptr, path_of(name)});
    if (node && !node->is_array()) {
      refuse(name, *node, fmt::format("a list of tables, [[{}]]", path_of(name)));
    }
    return lists_.back().array ? lists_.back().array->size() : 0;
  }

  bool enter_element(std::size_t index) override {
    const List& list = lists_.back();
    const toml::node& node = (*list.array)[index];
    const std::string path = fmt::format("{}.{}", list.path, index);
    if (!node.is_table()) {
      add(path, place_of_path(path, node.source()),
          fmt::format("{}; must be a table, [[{}]]", what_it_is(node), list.path));
      return false;
    }
    tables_.push_back({node.as_table(), path, {}, false});
    return true;
  }

  void leave() override {
    const Table& table = tables_.back();
    for (const auto& [key, node] : *table.table) {
      const std::string name(key.str());
      if (table.takes_the_rest || is_known(name) || went_with_another(path_of(name))) continue;
      add(path_of(name), place_of(name), "unknown key" + suggestion(name, table.known));
    }
    tables_.pop_back();
  }

  void leave_list() override { lists_.pop_back(); }

 private:
  struct Table {
    const toml::table* table;
    std::string path;
    std::vector<std::string> known;
    bool takes_the_rest;
  };
  struct List {
    const toml::array* array;
    std::string path;
  };

  /// What must stand there instead: infinities and NaN are numbers, too.
  static std::string_view number_for(const toml::node& node) {
    return node.is_floating_point() && !as_finite(node) ? "a finite number" : "a number";
  }

  static std::optional<double> as_finite(const toml::node& node) {
    if (const auto integer = node.value_exact<std::int64_t>()) return static_cast<double>(*integer);
    const auto number = node.value_exact<double>();
    return number && std::isfinite(*number) ? number : std::nullopt;
  }

  /// False if there is no integer within the limits.
  static bool read_integer(const toml::node& node, std::int64_t& value, const Limits& limits) {
    const auto read = node.value_exact<std::int64_t>();
    if (!read || !is_within(static_cast<double>(*read), limits)) return false;
    value = *read;
    return true;
  }

  /// TOML takes 1e3 for a number that need not be whole.
  static std::string whole_number_hint(const toml::node& node) {
    const double number = node.value_exact<double>().value_or(0.5);
    const bool is_whole = number == std::floor(number) && std::abs(number) < 1e15;
    return is_whole ? fmt::format("; did you mean {}?", static_cast<std::int64_t>(number)) : "";
  }

  bool is_known(const std::string& name) const {
    const std::vector<std::string>& known = tables_.back().known;
    return std::find(known.begin(), known.end(), name) != known.end();
  }

  /// True of an option that belongs to a kind of thing in whose place --set put another.
  bool went_with_another(const std::string& path) const {
    return former_.contains(path) &&
           std::none_of(overridden_.begin(), overridden_.end(),
                        [&](const std::string& key) { return covers(key, path); });
  }

  /// What a part of a key names in a table or a list; nothing if it has no such part.
  static const toml::node* child_of(const toml::node& node, std::string_view part) {
    if (const toml::table* table = node.as_table()) return table->get(part);
    const toml::array* list = node.as_array();
    const auto index = as_index(part);
    return list && index ? list->get(*index) : nullptr;
  }

  const toml::node* find(std::string_view name) {
    if (!is_known(std::string(name))) tables_.back().known.emplace_back(name);
    asked_.insert(path_of(name));
    return tables_.back().table->get(name);
  }

  std::string path_of(std::string_view name) const {
    const std::string& table = tables_.back().path;
    return table.empty() ? std::string(name) : fmt::format("{}.{}", table, name);
  }

  void refuse_element(std::string_view name, std::size_t index, const toml::node& element,
                      const std::string& allowed) {
    add(fmt::format("{}.{}", path_of(name), index), place_of(name),
        fmt::format("{}; must be {}", what_it_is(element), allowed));
  }
  void refuse(std::string_view name, const toml::node& node, std::string_view allowed) {
    add(path_of(name), place_of(name), fmt::format("{}; must be {}", what_it_is(node), allowed));
  }
  void add(std::string path, Place place, std::string what) {
    errors_.add(std::move(place), std::move(path), std::move(what));
  }

  Place place_of(std::string_view name) const {
    return place_in_table(tables_.back().table, path_of(name), name);
  }
  /// The place of `name` in `table`, or of the table if it has no such key.
  Place place_in_table(const toml::table* table, const std::string& path,
                       std::string_view name) const {
    if (!table) return place_of_table();
    for (const auto& [key, value] : *table) {
      if (key.str() != name) continue;
      return place_of_path(path, key.source().begin ? key.source() : value.source());
    }
    return place_of_path(path, table->source());
  }
  /// The place of `name` in a table or a list.
  Place place_of_child(const toml::node* outer, const std::string& path,
                       std::string_view name) const {
    const toml::node* element = outer && outer->is_array() ? child_of(*outer, name) : nullptr;
    if (element) return place_of_path(path, element->source());
    return place_in_table(outer ? outer->as_table() : nullptr, path, name);
  }
  Place place_of_table() const {
    return place_of_path(tables_.back().path, tables_.back().table->source());
  }
  /// True if `path` is at or below `key`.
  static bool covers(const std::string& key, const std::string& path) {
    return path == key || path.starts_with(key + '.');
  }
  /// What --set gave stands there, and nowhere in the file.
  Place place_of_path(const std::string& path, const toml::source_region& region) const {
    for (const std::string& key : overridden_) {
      const bool made_by_it = !region.begin && key.starts_with(path + '.');
      if (!path.empty() && (covers(key, path) || made_by_it)) return {"--set " + key, 0, 0};
    }
    return {source_, region.begin.line, region.begin.column};
  }

  std::string source_;
  std::set<std::string> overridden_;
  std::set<std::string> former_;
  std::set<std::string> asked_;
  RecipeErrors& errors_;
  std::vector<Table> tables_;
  std::vector<List> lists_;
};

toml::table parse_toml(std::string_view text, const std::string& source) {
  try {
    return toml::parse(text, std::string_view(source));
  } catch (const toml::parse_error& error) {
    RecipeErrors errors;
    errors.add({source, error.source().begin.line, error.source().begin.column}, "",
               std::string(error.description()));
    errors.throw_if_any(source);
    throw;  // not reached
  }
}

/// The keys that a recipe has a meaning for, by its kinds of layers, optimiser and so on.
std::set<std::string> keys_asked_of(const toml::table& root) {
  RecipeErrors ignored;
  Reader reader(root, "", {}, {}, ignored);
  Recipe recipe;
  recipe.fields(reader);
  return reader.asked();
}

}  // namespace

Recipe parse_recipe(std::string_view text, const std::string& source,
                    const std::vector<std::string>& overrides) {
  toml::table root = parse_toml(text, source);
  std::set<std::string> former;
  if (!overrides.empty()) former = keys_asked_of(root);
  RecipeErrors errors;
  std::set<std::string> overridden = apply_overrides(root, overrides, errors);
  Recipe recipe;
  Reader reader(root, source, std::move(overridden), std::move(former), errors);
  recipe.fields(reader);
  reader.leave_root();
  errors.throw_if_any(source);
  return recipe;
}

Recipe read_recipe(const std::string& path, const std::vector<std::string>& overrides) {
  const io::FileBytes file = io::map_file("recipe", path);
  const auto bytes = file.bytes();
  Recipe recipe =
      parse_recipe({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path, overrides);
  if (recipe.name.empty()) recipe.name = std::filesystem::path(path).stem().string();
  return recipe;
}

}  // namespace gradus::train
