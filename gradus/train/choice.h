#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/base/pointer.h"
#include "gradus/data/augmentation_kinds.h"
#include "gradus/nn/layer_kinds.h"
#include "gradus/nn/loss_kinds.h"
#include "gradus/optim/optimizer_kinds.h"
#include "gradus/optim/schedule_kinds.h"
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
  explicit Choice(std::string_view name, std::vector<NamedOption> options = {});
  Choice(const Choice& other);
  Choice(Choice&&) noexcept = default;
  Choice& operator=(Choice other) noexcept {
    name_ = std::move(other.name_);
    maker_ = std::move(other.maker_);
    place_ = std::move(other.place_);
    return *this;
  }

  static std::vector<std::string> names();

  const std::string& name() const { return name_; }
  /// False without a choice, and for a name that the table lacks.
  explicit operator bool() const { return maker_ != nullptr; }
  MakerType& maker() const { return *maker_; }
  /// Where the recipe says it; without a source if no recipe does.
  const Place& place() const { return place_; }
  /// Says what else of a recipe made this choice.
  void stands_at(Place place) { place_ = std::move(place); }

  /// Visits the name under `key`, and the options. `others` are names that the caller takes care
  /// of: one of them is a name without a maker.
  void fields(RecipeVisitor& v, const char* key, const std::vector<std::string>& others = {});

 private:
  void choose(std::string_view name);

  std::string name_;
  Owned<MakerType> maker_;
  Place place_;
};

using AugmentationChoice = Choice<data::AugmentationMaker, data::augmentation_kinds>;
using LayerChoice = Choice<nn::LayerMaker, nn::layer_kinds>;
using LossChoice = Choice<nn::Maker<nn::Loss>, nn::loss_kinds>;
using OptimizerChoice = Choice<optim::OptimizerMaker, optim::optimizer_kinds>;
using ScheduleChoice = Choice<optim::ScheduleMaker, optim::schedule_kinds>;

extern template class Choice<data::AugmentationMaker, data::augmentation_kinds>;
extern template class Choice<nn::LayerMaker, nn::layer_kinds>;
extern template class Choice<nn::Maker<nn::Loss>, nn::loss_kinds>;
extern template class Choice<optim::OptimizerMaker, optim::optimizer_kinds>;
extern template class Choice<optim::ScheduleMaker, optim::schedule_kinds>;

}  // namespace gradus::train
