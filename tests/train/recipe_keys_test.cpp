// The reference of keys is made by the code that reads recipes; here it is held against recipes.
#include "gradus/train/recipe_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "gradus/nn/layer_kinds.h"
#include "gradus/optim/optimizer_kinds.h"
#include "gradus/train/recipe.h"

namespace gradus::train {
namespace {

using ::testing::ElementsAre;

std::vector<RecipeTable> tables_of(const std::string& path) {
  std::vector<RecipeTable> tables = recipe_tables();
  std::erase_if(tables, [&](const RecipeTable& table) { return table.path != path; });
  return tables;
}

std::vector<std::string> kinds_of(const std::string& path) {
  std::vector<std::string> kinds;
  for (const RecipeTable& table : tables_of(path)) kinds.push_back(table.kind);
  return kinds;
}

std::vector<std::string> keys_of(const RecipeTable& table) {
  std::vector<std::string> names;
  for (const RecipeKey& key : table.keys) names.push_back(key.name);
  return names;
}

TEST(RecipeKeys, ListEveryTableInOrder) {
  std::vector<std::string> paths;
  for (const RecipeTable& table : recipe_tables()) {
    if (paths.empty() || paths.back() != table.path) paths.push_back(table.path);
  }
  EXPECT_THAT(paths, ElementsAre("", "data", "data.augmentation", "model", "model.layers", "loss",
                                 "optimizer", "schedule", "train", "train.early_stopping"));
}

TEST(RecipeKeys, TellKindDefaultAndLimits) {
  const std::vector<RecipeTable> train = tables_of("train");
  ASSERT_EQ(train.size(), 1u);
  EXPECT_EQ(train[0].keys[0].name, "epochs");
  EXPECT_EQ(train[0].keys[0].takes, "an integer, 1 or more");
  EXPECT_EQ(train[0].keys[0].default_value, "10");
}

TEST(RecipeKeys, AreGivenForEachKind) {
  std::vector<std::string> layers, optimizers;
  for (const auto& kind : nn::layer_kinds()) layers.emplace_back(kind.name);
  for (const auto& kind : optim::optimizer_kinds()) optimizers.emplace_back(kind.name);
  EXPECT_EQ(kinds_of("model.layers"), layers);
  EXPECT_EQ(kinds_of("optimizer"), optimizers);
  EXPECT_THAT(kinds_of("model"), ElementsAre("mlp", "lenet"));
  const std::vector<std::string> schedules = kinds_of("schedule");
  EXPECT_NE(std::find(schedules.begin(), schedules.end(), "plateau"), schedules.end());
  EXPECT_THAT(keys_of(tables_of("model.layers")[0]),
              ElementsAre("type", "in", "out", "bias", "initializer"));  // of linear
  EXPECT_EQ(tables_of("model.layers")[0].doc, nn::layer_kinds()[0].doc);
}

/// The keys of a resolved recipe, "train.epochs" or "model.layers.out".
std::set<std::string> keys_of(const Recipe& recipe) {
  std::set<std::string> keys;
  for (const RecipeSection& section : sections_of(recipe)) {
    for (const auto& [key, value] : section.values) {
      keys.insert(section.path.empty() ? key : section.path + '.' + key);
    }
  }
  return keys;
}

TEST(RecipeKeys, HoldEveryKeyOfTheRecipesThatComeWithGradus) {
  std::set<std::string> known;
  for (const RecipeTable& table : recipe_tables()) {
    for (const RecipeKey& key : table.keys) {
      known.insert(table.path.empty() ? key.name : table.path + '.' + key.name);
    }
  }
  int recipes = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(GRADUS_SOURCE_DIR) + "/recipes")) {
    for (const std::string& key : keys_of(read_recipe(entry.path().string()))) {
      EXPECT_TRUE(known.contains(key)) << entry.path() << ": " << key;
    }
    ++recipes;
  }
  EXPECT_GE(recipes, 5);
}

/// A recipe with every default of a table written out.
std::string recipe_with(const RecipeTable& table, const std::string& data) {
  std::string text = "[data]\nname = \"" + data + "\"\n[model]\nname = \"mlp\"\n[" + table.path +
                     "]\nname = \"" + table.kind + "\"\n";
  for (const RecipeKey& key : table.keys) {
    if (key.name == table.kind_key || key.default_value.empty()) continue;
    text += key.name + " = " + key.default_value + "\n";
  }
  return text;
}

TEST(RecipeKeys, WithTheirDefaultsAreAccepted) {
  for (const std::string path : {"optimizer", "schedule"}) {
    for (const RecipeTable& table : tables_of(path)) {
      const std::string text = recipe_with(table, "iris");
      EXPECT_NO_THROW(parse_recipe(text, "x.toml")) << text;
    }
  }
}

// A key that two parts of the program read would be in the file twice.
TEST(RecipeKeys, StandOnceInTheirTable) {
  for (const RecipeTable& table : recipe_tables()) {
    const std::vector<std::string> keys = keys_of(table);
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), keys.size())
        << table.path << ' ' << table.kind;
  }
}

}  // namespace
}  // namespace gradus::train
