#include "gradus/train/recipe.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/nearest_name.h"
#include "gradus/data/catalog.h"
#include "gradus/train/fit.h"

namespace gradus::train {
namespace {

/// Every value of a recipe under its full key: "model.layers.0.out".
std::vector<std::pair<std::string, std::string>> flat(const Recipe& recipe) {
  std::vector<std::pair<std::string, std::string>> values;
  std::string list;
  int element = 0;
  for (const RecipeSection& section : sections_of(recipe)) {
    element = section.in_list && section.path == list ? element + 1 : 0;
    list = section.in_list ? section.path : "";
    std::string prefix = section.path.empty() ? "" : section.path + ".";
    if (section.in_list) prefix += fmt::format("{}.", element);
    for (const auto& [key, value] : section.values) values.emplace_back(prefix + key, value);
  }
  return values;
}

/// The losses that fit the targets of a task; the usual one first.
std::vector<std::string> losses_for(bool classification) {
  if (classification) return {"cross_entropy", "multiclass_hinge", "negative_log_likelihood"};
  return {"mean_squared_error", "mean_absolute_error", "huber"};
}

}  // namespace

void Recipe::fields(RecipeVisitor& v) {
  v.text("name", name, {});
  v.integer("seed", seed, {.low = 0});
  v.table("data", data);
  v.table("model", model);
  v.table("loss", loss);
  v.table("optimizer", optimizer);
  v.table("schedule", schedule);
  v.table("train", train);
  if (!data.name.empty()) settle(v);
}

void Recipe::settle(RecipeVisitor& v) {
  const bool classifies = data::find_data_set(data.name).task == data::Task::classification;
  if (!loss) loss = LossRecipe{decltype(LossRecipe::kind)(losses_for(classifies).front())};
  const std::vector<std::string> losses = losses_for(classifies);
  if (loss->kind && std::find(losses.begin(), losses.end(), loss->kind.name()) == losses.end()) {
    v.fault("loss.name", fmt::format("is \"{}\", which does not fit a {}{}", loss->kind.name(),
                                     classifies ? "classification" : "regression",
                                     suggestion(loss->kind.name(), losses)));
  }
  check_last_layer(v);
  if (schedule && schedule->kind && schedule->warm_up >= static_cast<double>(train.epochs)) {
    v.fault("schedule.warm_up", fmt::format("is {:g}; must be below train.epochs, which is {}",
                                            schedule->warm_up, train.epochs));
  }
  const std::vector<std::string> measured = monitored_names(
      metrics(), data.has_validation() ? Measured::training_and_validation : Measured::training);
  const auto check_monitor = [&](const char* key, const std::string& monitor) {
    if (std::find(measured.begin(), measured.end(), monitor) != measured.end()) return;
    v.fault(key, fmt::format("is \"{}\", which is not measured{}", monitor,
                             suggestion(monitor, measured)));
  };
  if (schedule && schedule->is_plateau()) check_monitor("schedule.monitor", schedule->monitor);
  if (train.early_stopping) {
    check_monitor("train.early_stopping.monitor", train.early_stopping->monitor);
  }
}

void Recipe::check_last_layer(RecipeVisitor& v) const {
  if (model.layers.empty() || model.layers.back().kind.name() != "softmax") return;
  const std::string key = fmt::format("model.layers.{}", model.layers.size() - 1);
  if (loss->kind.name() == "cross_entropy") {
    v.fault(key,
            "is a softmax, and cross_entropy takes scores, of which it takes the softmax itself; "
            "leave the layer out (predictions are probabilities all the same)");
  } else if (loss->kind.name() == "negative_log_likelihood") {
    v.fault(key,
            "is a softmax, and negative_log_likelihood takes logarithms of probabilities; did you "
            "mean log_softmax?");
  }
}

MetricSet Recipe::metrics() const {
  return data::find_data_set(data.name).task == data::Task::classification
             ? MetricSet::classification
             : MetricSet::regression;
}

std::vector<RecipeDifference> differences(const Recipe& before, const Recipe& after) {
  const auto old_values = flat(before);
  const auto new_values = flat(after);
  const auto find = [](const auto& values, const std::string& key) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const auto& value) { return value.first == key; });
    return found == values.end() ? std::string() : found->second;
  };
  std::vector<RecipeDifference> result;
  for (const auto& [key, value] : old_values) {
    const std::string now = find(new_values, key);
    if (now != value) result.push_back({key, value, now});
  }
  for (const auto& [key, value] : new_values) {
    if (find(old_values, key).empty()) result.push_back({key, "", value});
  }
  return result;
}

}  // namespace gradus::train
