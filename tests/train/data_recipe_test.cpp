#include "gradus/train/data_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/train/recipe.h"
#include "tests/support/error_of.h"

namespace gradus::train {
namespace {

using gradus::testing::error_of;
using ::testing::HasSubstr;

/// A recipe for a data set; what is added belongs to [data].
std::string recipe_for(const std::string& data_set, const std::string& more) {
  return "[model]\nname = \"mlp\"\n[data]\nname = \"" + data_set + "\"\n" + more;
}
const std::string kShaken = R"(
[[data.augmentation]]
type = "horizontal_flip"
probability = 0.25

[[data.augmentation]]
type = "shift"
pixels = 2

[[data.augmentation]]
type = "crop"
padding = [1, 0]
fill = 3
)";

/// What is wrong with the recipe, without the line that counts the faults.
std::string fault_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const std::string message = error_of([&] { parse_recipe(text, "x.toml", overrides); }).message();
  return message.substr(message.find('\n') + 1);
}

std::vector<std::string> types_of(const Recipe& recipe) {
  std::vector<std::string> types;
  for (const auto& change : recipe.data.augmentation) types.push_back(change.kind.name());
  return types;
}

TEST(DataRecipe, ReadsAugmentationAsTablesOrInOneLine) {
  const Recipe tables = parse_recipe(recipe_for("digits", kShaken), "x.toml");
  const Recipe line = parse_recipe(
      recipe_for("digits",
                 "augmentation = [{ type = \"horizontal_flip\", probability = 0.25 }, { type = "
                 "\"shift\", pixels = 2 }, { type = \"crop\", padding = [1, 0], fill = 3 }]"),
      "x.toml");
  EXPECT_EQ(types_of(tables), (std::vector<std::string>{"horizontal_flip", "shift", "crop"}));
  EXPECT_EQ(to_toml(tables), to_toml(line));
}

TEST(DataRecipe, MakesTheAugmentationItDescribes) {
  const Recipe recipe = parse_recipe(recipe_for("digits", kShaken), "x.toml");
  const data::Augmentation expected =
      data::in_order({data::horizontal_flip({.probability = 0.25f}), data::shift({.pixels = {2}}),
                      data::crop({.padding = {1, 0}, .fill = 3})});
  std::vector<float> pixels(20 * 64);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i);
  const Tensor images = Tensor::from(pixels, {20, 1, 8, 8});
  std::vector<std::int64_t> examples(20);
  for (std::size_t i = 0; i < examples.size(); ++i) examples[i] = static_cast<std::int64_t>(i);
  const auto changed = recipe.data.make_augmentation()(images, {examples, {1, 2}});
  EXPECT_EQ(changed.to_vector<float>(), expected(images, {examples, {1, 2}}).to_vector<float>());
  EXPECT_NE(changed.to_vector<float>(), pixels);
}

TEST(DataRecipe, WritesAugmentationSoThatItReadsBackTheSame) {
  const Recipe recipe = parse_recipe(recipe_for("digits", kShaken), "x.toml");
  const std::string text = to_toml(recipe);
  EXPECT_THAT(text, HasSubstr("\n[[data.augmentation]]\ntype = \"shift\"\npixels = [2]\n"
                              "fill = 0.0\n"));
  const Recipe again = parse_recipe(text, "y.toml");
  EXPECT_EQ(to_toml(again), text);
  EXPECT_TRUE(differences(recipe, again).empty());
  EXPECT_EQ(to_toml(parse_recipe(recipe_for("digits", ""), "x.toml")).find("augmentation"),
            std::string::npos);
}

TEST(DataRecipe, OverridesReachAugmentation) {
  const std::string text = recipe_for("digits", kShaken);
  const Recipe changed = parse_recipe(text, "x.toml", {"data.augmentation.1.pixels=3"});
  EXPECT_THAT(to_toml(changed), HasSubstr("pixels = [3]\n"));
  const Recipe whole =
      parse_recipe(text, "x.toml", {"data.augmentation=[{ type = \"vertical_flip\" }]"});
  EXPECT_EQ(types_of(whole), std::vector<std::string>{"vertical_flip"});
  EXPECT_TRUE(parse_recipe(text, "x.toml", {"data.augmentation=[]"}).data.augmentation.empty());
}

TEST(DataRecipe, FaultsOfAugmentationNameTheirPlace) {
  const std::string text = recipe_for("digits", R"(
[[data.augmentation]]
type = "horizontal_flop"
[[data.augmentation]]
type = "shift"
pixel = 2
[[data.augmentation]]
type = "crop"
padding = 1.5
[[data.augmentation]]
probability = 1
)");
  EXPECT_EQ(fault_of(text),
            "x.toml:7:1: data.augmentation.0.type: is \"horizontal_flop\"; allowed: "
            "horizontal_flip, vertical_flip, shift, crop; did you mean horizontal_flip?\n"
            "x.toml:10:1: data.augmentation.1.pixel: unknown key; allowed: type, pixels, fill; did "
            "you mean pixels?\n"
            "x.toml:13:1: data.augmentation.2.padding: is 1.5; must be an integer or a list of "
            "integers\n"
            "x.toml:14:1: data.augmentation.3.type: is missing; allowed: horizontal_flip, "
            "vertical_flip, shift, crop");
  EXPECT_EQ(fault_of(recipe_for("digits", "augmentation = 3\n")),
            "x.toml:5:1: data.augmentation: is 3; must be a list of tables, "
            "[[data.augmentation]]");
}

TEST(DataRecipe, OptionsThatMakeNoSenseNameTheirPlace) {
  const std::string text = recipe_for("digits", R"(
[[data.augmentation]]
type = "shift"
[[data.augmentation]]
type = "horizontal_flip"
probability = 2
)");
  EXPECT_EQ(fault_of(text),
            "x.toml:8:1: data.augmentation.1: horizontal_flip: probability must be in [0, 1], not "
            "2");
  EXPECT_EQ(fault_of(text, {"data.augmentation.0.pixels=[8, 1]"}),
            "x.toml:6:1: data.augmentation.0: shift: 8 pixels on each side are too many for images "
            "of shape [1, 8, 8]: nothing of one might be left\n"
            "x.toml:8:1: data.augmentation.1: horizontal_flip: probability must be in [0, 1], not "
            "2");
  EXPECT_EQ(
      fault_of(recipe_for("digits", ""), {"data.augmentation=[{ type = \"shift\", fill = 0.5 }]"}),
      "--set data.augmentation: data.augmentation.0: shift: images of u8 cannot be filled "
      "with 0.5");
}

TEST(DataRecipe, AugmentationIsForImages) {
  EXPECT_EQ(fault_of(recipe_for("iris", "augmentation = [{ type = \"shift\" }]\n")),
            "x.toml:5:1: data.augmentation: changes images; the examples of iris are numbers of "
            "shape [4]");
}

TEST(DataRecipe, AugmentationKeepsTheShapeThatTheModelSees) {
  EXPECT_EQ(fault_of(recipe_for("digits", "augmentation = [{ type = \"crop\", size = 6 }]\n")),
            "x.toml:5:1: data.augmentation: gives images of shape [1, 6, 6]; validation and test "
            "keep the [1, 8, 8] of digits");
  const std::string and_back =
      "augmentation = [{ type = \"crop\", size = 6, padding = 0 }, { type = \"crop\", size = 8, "
      "padding = 1 }]\n";
  EXPECT_EQ(parse_recipe(recipe_for("digits", and_back), "x.toml").data.augmentation.size(), 2u);
}

}  // namespace
}  // namespace gradus::train
