#include "gradus/train/recipe_keys.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "gradus/train/recipe.h"
#include "gradus/train/recipe_text.h"

namespace gradus::train {
namespace {

/// A key that takes one of several names, on which other keys may depend.
struct Question {
  std::string table;
  std::string key;
  std::vector<std::string> names;
  std::vector<std::string> docs;  // of the names; may be empty

  std::string path() const { return table.empty() ? key : table + '.' + key; }
};

using Answers = std::map<std::string, std::string>;  // by the path of the question

/// Meets every key of a recipe in which each table is there, and each list has one element.
class KeyLister final : public RecipeVisitor {
 public:
  explicit KeyLister(Answers answers) : answers_(std::move(answers)) {}

  std::vector<RecipeTable> tables = {
      {.path = "", .kind_key = "", .kind = "", .doc = "", .keys = {}}};
  std::vector<Question> questions;

  void integer(const char* name, std::int64_t& value, const Limits& limits) override {
    add(name, allowed_text("an integer", limits), fmt::format("{}", value));
  }
  void integers(const char* name, Dims& values, const Limits& limits) override {
    add(name, allowed_integers_text(limits), fmt::format("[{}]", fmt::join(values, ", ")));
  }
  void number(const char* name, float& value, const Limits& limits) override {
    add(name, allowed_text("a number", limits), number_text(value));
  }
  void number(const char* name, double& value, const Limits& limits) override {
    add(name, allowed_text("a number", limits), number_text(value));
  }
  void numbers(const char* name, std::vector<double>&, const Limits& limits) override {
    add(name, "a list, each element " + allowed_text("a number", limits), "");
  }
  bool text(const char* name, std::string& value, const TextRule& rule) override {
    add(name, rule.names.empty() ? "a text" : fmt::format("{}", fmt::join(rule.names, ", ")),
        value.empty() ? "" : quoted(value));
    if (rule.names.empty()) return true;
    const Question question{tables[table_].path, name, rule.names, rule.docs};
    const auto answer = answers_.find(question.path());
    if (answer != answers_.end()) {
      value = answer->second;
    } else if (rule.required) {
      value = rule.names.front();
    }
    questions.push_back(question);
    return true;
  }
  void operator()(const char* name, std::int64_t& value) override { integer(name, value, {}); }
  void operator()(const char* name, float& value) override { number(name, value, {}); }
  void operator()(const char* name, bool& value) override {
    add(name, "true or false", value ? "true" : "false");
  }
  void operator()(const char* name, Dims& value) override { integers(name, value, {}); }

 protected:
  void choice(const char* name, int& value, std::span<const char* const> names) override {
    add(name, fmt::format("{}", fmt::join(names, ", ")),
        quoted(names[static_cast<std::size_t>(value)]));
  }
  bool is_present(const char*, bool) override { return true; }
  bool enter(const char* name) override {
    open(path_below(name), false);
    return true;
  }
  std::size_t enter_list(const char* name, std::size_t) override {
    list_ = path_below(name);
    return 1;
  }
  bool enter_element(std::size_t) override {
    open(list_, true);
    return true;
  }
  void leave() override {
    table_ = outer_.back();
    outer_.pop_back();
  }
  void leave_list() override {}

 private:
  std::string path_below(const char* name) const {
    const std::string& path = tables[table_].path;
    return path.empty() ? name : path + '.' + name;
  }
  void open(const std::string& path, bool in_list) {
    outer_.push_back(table_);
    table_ = tables.size();
    tables.push_back(
        {.path = path, .in_list = in_list, .kind_key = "", .kind = "", .doc = "", .keys = {}});
  }
  void add(const char* name, std::string takes, std::string value) {
    tables[table_].keys.push_back({name, std::move(takes), std::move(value)});
  }

  Answers answers_;
  std::size_t table_ = 0;
  std::vector<std::size_t> outer_;
  std::string list_;
};

KeyLister list_keys(Answers answers) {
  KeyLister lister(std::move(answers));
  Recipe recipe;
  recipe.fields(lister);
  return lister;
}

bool has_same_keys(const RecipeTable& a, const RecipeTable& b) {
  return std::equal(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(),
                    [](const RecipeKey& x, const RecipeKey& y) { return x.name == y.name; });
}

/// The table as it is for each answer to a question; nothing if that makes no difference.
std::vector<RecipeTable> kinds_of(const RecipeTable& table, const Question& question) {
  std::vector<RecipeTable> kinds;
  for (std::size_t i = 0; i < question.names.size(); ++i) {
    for (RecipeTable& kind : list_keys({{question.path(), question.names[i]}}).tables) {
      if (kind.path != table.path) continue;
      kind.kind_key = question.key;
      kind.kind = question.names[i];
      if (!question.docs.empty()) kind.doc = question.docs[i];
      kinds.push_back(std::move(kind));
    }
  }
  const bool differ = std::any_of(kinds.begin(), kinds.end(), [&](const RecipeTable& kind) {
    return !has_same_keys(kind, table);
  });
  if (!differ) return {};
  const bool answered = std::any_of(kinds.begin(), kinds.end(), [&](const RecipeTable& kind) {
    return has_same_keys(kind, table);
  });
  if (!answered && table.keys.size() > 1) {  // the question may stay open
    kinds.push_back(table);
    kinds.back().kind_key = question.key;
  }
  return kinds;
}

}  // namespace

std::vector<RecipeTable> recipe_tables() {
  const KeyLister lister = list_keys({});
  std::vector<RecipeTable> result;
  for (const RecipeTable& table : lister.tables) {
    std::vector<RecipeTable> kinds;
    for (const Question& question : lister.questions) {
      if (question.table == table.path && kinds.empty()) kinds = kinds_of(table, question);
    }
    if (kinds.empty()) kinds = {table};
    result.insert(result.end(), kinds.begin(), kinds.end());
  }
  return result;
}

}  // namespace gradus::train
