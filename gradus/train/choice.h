#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/nn/maker.h"
#include "gradus/train/option_values.h"
#include "gradus/train/recipe_visitor.h"

namespace gradus::train {

/// A kind out of a table of kinds (nn::layer_kinds(), optim::optimizer_kinds(), ...) and its
/// options, as a recipe gives them. A value: copies have options of their own.
template <class MakerType, std::span<const nn::Kind<MakerType>> (*kinds)()>
class Choice {
 public:
  /// No choice.
  Choice() = default;
  /// `name` must be in the table. `options` are those that are not to have their defaults.
  explicit Choice(std::string_view name, std::vector<NamedOption> options = {}) {
    choose(name);
    OptionAssigner assigner(std::move(options));
    maker_->fields(assigner);
  }
  Choice(const Choice& other) : place_(other.place_) {
    choose(other.name_);
    if (!maker_) return;
    OptionCollector collector;
    other.maker_->fields(collector);
    OptionAssigner assigner(std::move(collector.options));
    maker_->fields(assigner);
  }
  Choice(Choice&&) noexcept = default;
  Choice& operator=(Choice other) noexcept {
    name_ = std::move(other.name_);
    maker_ = std::move(other.maker_);
    place_ = std::move(other.place_);
    return *this;
  }

  static std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& kind : kinds()) names.emplace_back(kind.name);
    return names;
  }

  const std::string& name() const { return name_; }
  /// False without a choice, and for a name that the table lacks.
  explicit operator bool() const { return maker_ != nullptr; }
  MakerType& maker() const { return *maker_; }
  /// Where the recipe says it; without a source if no recipe does.
  const Place& place() const { return place_; }

  /// Visits the name under `key`, and the options. `others` are names that the caller takes care
  /// of: one of them is a name without a maker.
  void fields(RecipeVisitor& v, const char* key, const std::vector<std::string>& others = {}) {
    if (const auto place = v.place()) place_ = *place;
    std::vector<std::string> allowed = names();
    allowed.insert(allowed.end(), others.begin(), others.end());
    std::string chosen = name_;
    if (!v.text(key, chosen, {.names = allowed, .required = name_.empty()})) {
      v.take_the_rest();
      return;
    }
    if (chosen != name_) choose(chosen);
    if (maker_) maker_->fields(v);
  }

 private:
  void choose(std::string_view name) {
    name_ = name;
    const auto* kind = nn::find_kind(kinds(), name);
    maker_ = kind ? kind->maker() : nullptr;
  }

  std::string name_;
  std::unique_ptr<MakerType> maker_;
  Place place_;
};

}  // namespace gradus::train
