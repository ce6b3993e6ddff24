#include <fmt/format.h>

#include "gradus/train/recipe.h"
#include "gradus/train/recipe_text.h"

namespace gradus::train {
namespace {

/// Collects the values of a recipe in the order of its keys.
class Writer final : public RecipeVisitor {
 public:
  std::vector<RecipeSection> take() {
    std::vector<RecipeSection> filled;
    for (RecipeSection& section : sections_) {
      if (!section.values.empty() || section.in_list) filled.push_back(std::move(section));
    }
    return filled;
  }

  void integer(const char* name, std::int64_t& value, const Limits&) override {
    add(name, fmt::format("{}", value));
  }
  void integers(const char* name, Dims& values, const Limits&) override {
    add(name, fmt::format("[{}]", fmt::join(values.begin(), values.end(), ", ")));
  }
  void number(const char* name, float& value, const Limits&) override {
    add(name, number_text(value));
  }
  void number(const char* name, double& value, const Limits&) override {
    add(name, number_text(value));
  }
  void numbers(const char* name, std::vector<double>& values, const Limits&) override {
    std::vector<std::string> texts;
    for (const double value : values) texts.push_back(number_text(value));
    add(name, fmt::format("[{}]", fmt::join(texts, ", ")));
  }
  bool text(const char* name, std::string& value, const TextRule&) override {
    if (!value.empty()) add(name, quoted(value));
    return true;
  }
  void operator()(const char* name, std::int64_t& value) override { integer(name, value, {}); }
  void operator()(const char* name, float& value) override { number(name, value, {}); }
  void operator()(const char* name, bool& value) override { add(name, value ? "true" : "false"); }
  void operator()(const char* name, Dims& value) override { integers(name, value, {}); }

 protected:
  void choice(const char* name, int& value, std::span<const char* const> names) override {
    add(name, quoted(names[static_cast<std::size_t>(value)]));
  }
  bool is_present(const char*, bool has_value) override { return has_value; }
  bool enter(const char* name) override {
    open(path_.empty() ? name : fmt::format("{}.{}", path_, name), false);
    return true;
  }
  std::size_t enter_list(const char* name, std::size_t size) override {
    lists_.push_back(path_.empty() ? name : fmt::format("{}.{}", path_, name));
    return size;
  }
  bool enter_element(std::size_t) override {
    open(lists_.back(), true);
    return true;
  }
  void leave() override {
    path_ = std::move(outer_.back().path);
    section_ = outer_.back().section;
    outer_.pop_back();
  }
  void leave_list() override { lists_.pop_back(); }

 private:
  struct Outer {
    std::string path;
    std::size_t section;
  };

  void open(const std::string& path, bool in_list) {
    outer_.push_back({path_, section_});
    path_ = path;
    section_ = sections_.size();
    sections_.push_back({path, in_list, {}});
  }
  void add(const char* name, std::string value) {
    sections_[section_].values.emplace_back(name, std::move(value));
  }

  std::vector<RecipeSection> sections_ = {{"", false, {}}};
  std::size_t section_ = 0;
  std::string path_;
  std::vector<Outer> outer_;
  std::vector<std::string> lists_;
};

}  // namespace

std::vector<RecipeSection> sections_of(const Recipe& recipe) {
  Recipe copy = recipe;  // fields() may change what it visits; a Writer does not
  Writer writer;
  copy.fields(writer);
  return writer.take();
}

std::string to_toml(const Recipe& recipe) {
  std::string text;
  for (const RecipeSection& section : sections_of(recipe)) {
    if (!section.path.empty()) {
      text += section.in_list ? fmt::format("\n[[{}]]\n", section.path)
                              : fmt::format("\n[{}]\n", section.path);
    }
    for (const auto& [key, value] : section.values) text += fmt::format("{} = {}\n", key, value);
  }
  return text;
}

}  // namespace gradus::train
