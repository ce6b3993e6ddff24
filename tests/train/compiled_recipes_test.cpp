// Every recipe of recipes/, for a few steps: compiled and not, the same losses and the same model.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "gradus/data/catalog.h"
#include "gradus/train/fit.h"
#include "gradus/train/recipe.h"
#include "gradus/train/run_data.h"
#include "gradus/train/run_keys.h"
#include "gradus/train/trained_model.h"

namespace gradus::train {
namespace {

namespace fs = std::filesystem;

class Losses final : public Callback {
 public:
  void after_step(const StepRecord& record) override { values.push_back(record.loss); }
  std::vector<double> values;
};

struct Outcome {
  std::vector<double> losses;
  std::vector<std::vector<float>> model;
};

/// Two epochs of the first three and a half batches of training.
Outcome outcome_of(const Recipe& recipe, const RunData& data, bool compile) {
  nn::Sequential model = build_model(recipe);
  const auto optimizer = recipe.optimizer.make();
  const auto loader =
      loader_of(data.training, data.scale, recipe.train.precision,
                {.batch_size = recipe.train.batch_size, .shuffle = true, .key = order_key(recipe)});
  Losses losses;
  fit(model, recipe.loss->kind.maker().make(), *optimizer, {.training = loader},
      {.epochs = 2,
       .key = layers_key(recipe),
       .clip_norm = recipe.train.clip_norm,
       .clip_value = recipe.train.clip_value,
       .compile = compile,
       .callbacks = {&losses}});
  Outcome outcome{losses.values, {}};
  for (const auto& [path, tensor] : nn::state(model)) {
    outcome.model.push_back(tensor.to_vector<float>());
  }
  return outcome;
}

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(GRADUS_SOURCE_DIR "/recipes")) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  return names;
}

class EveryRecipe : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryRecipe, GivesTheSameCompiled) {
  const Recipe recipe = read_recipe(GRADUS_SOURCE_DIR "/recipes/" + GetParam() + ".toml");
  const data::DataSetInfo& info = data::find_data_set(recipe.data.name);
  if (!data::is_installed(info)) GTEST_SKIP() << "needs the package " << info.package;
  const RunData whole = load_run_data(recipe.data, split_key(recipe));
  const RunData data = first_of_each(whole, recipe.train.batch_size * 7 / 2);
  const Outcome plain = outcome_of(recipe, data, false);
  const Outcome compiled = outcome_of(recipe, data, true);
  EXPECT_EQ(compiled.losses, plain.losses);
  EXPECT_EQ(compiled.model, plain.model);
  EXPECT_NE(plain.losses.front(), plain.losses.back()) << "nothing was trained";
}

INSTANTIATE_TEST_SUITE_P(Recipes, EveryRecipe, ::testing::ValuesIn(recipe_names()),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace gradus::train
