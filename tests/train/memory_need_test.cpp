#include "gradus/train/memory_need.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/memory/host_memory.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/sgd.h"
#include "gradus/train/recipe.h"
#include "tests/support/error_of.h"

namespace gradus::train {
namespace {

using gradus::testing::error_of;
using ::testing::HasSubstr;

/// A perceptron for 4 numbers and 3 classes.
BuiltModel perceptron(const Dims& hidden) {
  ModelRecipe recipe;
  recipe.name = "mlp";
  recipe.hidden = hidden;
  return build_model(recipe, Shape{4}, 3, Key(1));
}

TEST(MemoryNeed, OfALayerTooLargeNamesLayerShapeAndBytes) {
  // Making the model takes none of the 16 TB.
  const BuiltModel built = perceptron({1'000'000'000'000});
  const Error error = error_of([&] { check_memory(built, optim::Adam{{}}); });
  EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
  EXPECT_THAT(error.what(),
              HasSubstr("layers.0: linear: weight f32[1000000000000, 4] takes 16000000000000 "
                        "bytes; the weights of the model, their gradients and what adam keeps"));
  // Weights 4n + n + 3n + 3 of 4 bytes each, their gradients and two moments: 4 * 32e12 bytes.
  EXPECT_THAT(error.what(), HasSubstr("116.4 TiB"));
}

TEST(MemoryNeed, CountsGradientsAndWhatTheOptimizerKeeps) {
  const double available = static_cast<double>(host_memory().available);
  // One square layer of 0.35 of what there is: with its gradients 0.7, with the moments of
  // Adam 1.4.
  const auto units = static_cast<std::int64_t>(std::sqrt(0.35 * available / sizeof(float)));
  const BuiltModel built = perceptron({units, units});
  EXPECT_NO_THROW(check_memory(built, optim::Sgd{{.learning_rate = 0.1f}}));
  const Error error = error_of([&] { check_memory(built, optim::Adam{{}}); });
  EXPECT_THAT(error.what(), HasSubstr("layers.2: linear: weight"));
}

TEST(MemoryNeed, NamesThePlaceInTheRecipe) {
  const Recipe recipe = parse_recipe(
      "[data]\nname = \"iris\"\n[[model.layers]]\ntype = \"linear\"\nout = 1000000000000\n"
      "[[model.layers]]\ntype = \"linear\"\n",
      "huge.toml");
  const BuiltModel built = build_model(recipe.model, Shape{4}, 3, Key(1));
  const Error error = error_of([&] { check_memory(built, optim::Adam{{}}); });
  EXPECT_THAT(error.what(), HasSubstr("huge.toml:3:1: layers.0: linear: weight"));
}

}  // namespace
}  // namespace gradus::train
