#include "gradus/train/model_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/base/error.h"
#include "gradus/nn/describe.h"
#include "gradus/train/recipe.h"

namespace gradus::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kData = "[data]\nname = \"digits\"\n";

nn::Sequential build(const std::string& model, const Shape& example, std::int64_t outputs) {
  const Recipe recipe = parse_recipe(kData + model, "x.toml");
  return build_model(recipe.model, example, outputs, Key(1)).model;
}

std::string fault_of(const std::string& model, const Shape& example, std::int64_t outputs) {
  try {
    build(model, example, outputs);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ModelRecipe, LenetHasTheSizesOfItsPaper) {
  // With 6 and 16 filters and layers of 120 and 84 on 32x32 pixels, LeNet-5 has 61,706 parameters
  // when every filter sees every map: (25 + 1) 6 + (6 * 25 + 1) 16 + (400 + 1) 120 + (120 + 1) 84
  // + (84 + 1) 10.
  nn::Sequential model = build(
      "[model]\nname = \"lenet\"\nchannels = [6, 16]\nhidden = [120, 84]\nactivation = \"tanh\"\n",
      {1, 32, 32}, 10);
  EXPECT_EQ(nn::parameter_count(model), 61706);
}

TEST(ModelRecipe, MlpFlattensPictures) {
  nn::Sequential model = build("[model]\nname = \"mlp\"\nhidden = [12]\n", {1, 8, 8}, 3);
  EXPECT_EQ(nn::parameter_count(model), (64 + 1) * 12 + (12 + 1) * 3);
}

TEST(ModelRecipe, SizesThatFollowFromTheDataMayBeLeftOut) {
  nn::Sequential model = build(
      "[[model.layers]]\ntype = \"linear\"\nout = 5\n[[model.layers]]\ntype = \"tanh\"\n"
      "[[model.layers]]\ntype = \"linear\"\n[[model.layers]]\ntype = \"log_softmax\"\n",
      {4}, 3);
  EXPECT_EQ(nn::parameter_count(model), (4 + 1) * 5 + (5 + 1) * 3);
}

TEST(ModelRecipe, TheSameKeyGivesTheSameWeights) {
  std::string text = kData;
  text += "[model]\nname = \"mlp\"\n";
  const Recipe recipe = parse_recipe(text, "x.toml");
  const auto weights = [&](std::uint64_t seed) {
    nn::Sequential model = build_model(recipe.model, {4}, 3, Key(seed)).model;
    return nn::state(model)[0].second.to_vector<float>();
  };
  EXPECT_EQ(weights(1), weights(1));
  EXPECT_NE(weights(1), weights(2));
}

TEST(ModelRecipe, AnImpossibleShapeNamesPlaceModuleOperationAndShapes) {
  EXPECT_EQ(
      fault_of("[[model.layers]]\ntype = \"linear\"\nin = 5\nout = 3\n", {4}, 3),
      "x.toml:3:1: layers.0: linear: input [2, 4] has 4 features, but the weight [3, 5] takes "
      "5");
  EXPECT_THAT(fault_of("[[model.layers]]\ntype = \"flatten\"\n[[model.layers]]\n"
                       "type = \"conv2d\"\nout = 3\n",
                       {1, 8, 8}, 3),
              AllOf(StartsWith("x.toml:5:1: layers.1: conv2d: "), HasSubstr("[2, 64]")));
}

TEST(ModelRecipe, AnOptionThatMakesNoSenseNamesItsLayer) {
  EXPECT_EQ(fault_of("[[model.layers]]\ntype = \"linear\"\nout = -2\n", {4}, 3),
            "x.toml:3:1: layers.0: linear: in and out must be 1 or more, not 4 and -2");
}

TEST(ModelRecipe, FaultsOfANamedModelNameTheLineOfTheRecipe) {
  EXPECT_THAT(
      fault_of("[model]\nname = \"lenet\"\n", {4}, 3),
      StartsWith("x.toml:4:1: lenet: takes pictures (channels, height, width); the examples "
                 "have shape [4]"));
  // 8x8 pixels are 4x4 after the first filters of 5x5 and the first maximum: none fit in there.
  EXPECT_THAT(fault_of("[model]\nname = \"lenet\"\nchannels = [6, 16]\n", {1, 8, 8}, 3),
              StartsWith("x.toml:4:1: layers."));
}

TEST(ModelRecipe, OptionsOfANamedModelThatMakeNoSenseAreAllNamedAtOnce) {
  EXPECT_EQ(fault_of("[model]\nname = \"lenet\"\nchannels = 0\nhidden = [16, -3]\n"
                     "dropout = 1.5\n",
                     {1, 28, 28}, 3),
            "recipe: x.toml has 3 faults\n"
            "x.toml:5:1: model.channels: is 0; must be an integer, 1 or more, or a list of them\n"
            "x.toml:6:1: model.hidden.1: is -3; must be an integer, 1 or more\n"
            "x.toml:7:1: model.dropout: is 1.5; must be a number in [0, 1]");
}

TEST(ModelRecipe, OutputsThatDoNotFitTheDataAreRefused) {
  EXPECT_EQ(fault_of("[[model.layers]]\ntype = \"linear\"\nout = 7\n", {4}, 3),
            "x.toml:3:1: model: the last layer gives [2, 7] for a batch of 2; the data ask for "
            "[2, 3]");
}

}  // namespace
}  // namespace gradus::train
