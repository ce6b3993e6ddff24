#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/train/data_recipe.h"
#include "gradus/train/metrics.h"
#include "gradus/train/model_recipe.h"
#include "gradus/train/training_recipe.h"

namespace gradus::train {

/// An experiment as a TOML file describes it.
///
///     name = "digits"
///     seed = 1
///     [data]
///     name = "digits"
///     [model]
///     name = "mlp"
///     hidden = [64]
///     [optimizer]
///     name = "adam"
///     [train]
///     epochs = 20
struct Recipe {
  std::string name = {};
  std::int64_t seed = 0;
  DataRecipe data = {};
  ModelRecipe model = {};
  std::optional<LossRecipe> loss = {};  ///< left out: the one that fits the data
  OptimizerRecipe optimizer = {};
  std::optional<ScheduleRecipe> schedule = {};  ///< none: a constant rate
  TrainRecipe train = {};

  /// What is measured, by the task that the data set poses.
  MetricSet metrics() const;

  void fields(RecipeVisitor& v);

 private:
  /// Notes a last layer that does what the loss does itself.
  void check_last_layer(RecipeVisitor& v) const;
  /// Fills what follows from the data set, and checks what hangs together with it.
  void settle(RecipeVisitor& v);
};

/// Reads a recipe from a file, after putting the overrides ("key.path=value") into it. Throws one
/// Error that lists all its faults.
Recipe read_recipe(const std::string& path, const std::vector<std::string>& overrides = {});
/// As read_recipe, from text; `source` is what errors call it.
Recipe parse_recipe(std::string_view text, const std::string& source,
                    const std::vector<std::string>& overrides = {});

/// The name of a recipe, as TOML, in the metadata of models and checkpoints.
inline constexpr const char* kRecipeKey = "gradus.recipe";

/// A table of a resolved recipe: its values as TOML, defaults included.
struct RecipeSection {
  std::string path;  ///< "train.early_stopping"; empty for what stands before any table
  bool in_list;      ///< a [[path]]
  std::vector<std::pair<std::string, std::string>> values;
};
std::vector<RecipeSection> sections_of(const Recipe& recipe);

/// The recipe with every default written out; reading it gives the same recipe.
std::string to_toml(const Recipe& recipe);

/// A key whose value is not the same in two recipes; empty where one has no such key.
struct RecipeDifference {
  std::string key;
  std::string before;
  std::string after;
};
std::vector<RecipeDifference> differences(const Recipe& before, const Recipe& after);

}  // namespace gradus::train
