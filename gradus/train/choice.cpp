#include "gradus/train/choice.h"

namespace gradus::train {

template <class MakerType, std::span<const nn::Kind<MakerType>> (*kinds)()>
Choice<MakerType, kinds>::Choice(std::string_view name, std::vector<NamedOption> options) {
  choose(name);
  OptionAssigner assigner(std::move(options));
  maker_->fields(assigner);
}

template <class MakerType, std::span<const nn::Kind<MakerType>> (*kinds)()>
Choice<MakerType, kinds>::Choice(const Choice& other) : place_(other.place_) {
  choose(other.name_);
  if (!maker_) return;
  OptionCollector collector;
  other.maker_->fields(collector);
  OptionAssigner assigner(std::move(collector.options));
  maker_->fields(assigner);
}

template <class MakerType, std::span<const nn::Kind<MakerType>> (*kinds)()>
std::vector<std::string> Choice<MakerType, kinds>::names() {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.emplace_back(kind.name);
  return names;
}

template <class MakerType, std::span<const nn::Kind<MakerType>> (*kinds)()>
void Choice<MakerType, kinds>::fields(RecipeVisitor& v, const char* key,
                                      const std::vector<std::string>& others) {
  if (const auto place = v.place()) place_ = *place;
  std::vector<std::string> allowed = names();
  allowed.insert(allowed.end(), others.begin(), others.end());
  std::vector<std::string> docs;
  for (const auto& kind : kinds()) docs.emplace_back(kind.doc);
  docs.resize(allowed.size());
  std::string chosen = name_;
  if (!v.text(key, chosen, {.names = allowed, .required = name_.empty(), .docs = docs})) {
    v.take_the_rest();
    return;
  }
  if (chosen != name_) choose(chosen);
  if (maker_) maker_->fields(v);
}

template <class MakerType, std::span<const nn::Kind<MakerType>> (*kinds)()>
void Choice<MakerType, kinds>::choose(std::string_view name) {
  name_ = name;
  const auto* kind = nn::find_kind(kinds(), name);
  maker_ = kind ? kind->maker() : nullptr;
}

template class Choice<data::AugmentationMaker, data::augmentation_kinds>;
template class Choice<nn::LayerMaker, nn::layer_kinds>;
template class Choice<nn::Maker<nn::Loss>, nn::loss_kinds>;
template class Choice<optim::OptimizerMaker, optim::optimizer_kinds>;
template class Choice<optim::ScheduleMaker, optim::schedule_kinds>;

}  // namespace gradus::train
