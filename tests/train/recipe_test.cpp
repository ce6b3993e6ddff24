#include "gradus/train/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "gradus/base/error.h"

namespace gradus::train {
namespace {

using testing::HasSubstr;

constexpr const char* kSmallest = R"([data]
name = "digits"
[model]
name = "mlp"
)";

// The message of the Error that reading `text` gives; empty if it gives none.
std::string fault_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse_recipe(text, "x.toml", overrides);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::format);
    return error.what();
  }
  return "";
}

TEST(Recipe, TheSmallestHasDefaultsForAllElse) {
  const Recipe recipe = parse_recipe(kSmallest, "x.toml");
  EXPECT_EQ(recipe.data.name, "digits");
  EXPECT_EQ(recipe.model.name, "mlp");
  EXPECT_EQ(recipe.seed, 0);
  EXPECT_EQ(recipe.optimizer.kind.name(), "adam");
  EXPECT_EQ(recipe.train.batch_size, 64);
  EXPECT_FALSE(recipe.schedule);
  EXPECT_FALSE(recipe.train.early_stopping);
}

TEST(Recipe, ReadsEveryPart) {
  const Recipe recipe = parse_recipe(R"(
name = "all"
seed = 7
[data]
name = "digits"
split = [0.8, 0.1, 0.1]
[[model.layers]]
type = "conv2d"
out = 6
kernel_size = [5, 3]
padding_mode = "same"
algorithm = "direct"
[[model.layers]]
type = "relu"
[[model.layers]]
type = "linear"
out = 10
bias = false
[loss]
name = "cross_entropy"
label_smoothing = 0.1
[optimizer]
name = "sgd"
learning_rate = 1
momentum = 0.9
[schedule]
name = "cosine"
minimum = 0.01
pace = "epoch"
warm_up = 0.5
[train]
epochs = 3
batch_size = 16
clip_norm = 2
[train.early_stopping]
patience = 2
monitor = "validation_accuracy"
)",
                                     "x.toml");
  EXPECT_EQ(recipe.name, "all");
  EXPECT_EQ(recipe.seed, 7);
  EXPECT_EQ(recipe.data.split, (std::vector<double>{0.8, 0.1, 0.1}));
  ASSERT_EQ(recipe.model.layers.size(), 3u);
  EXPECT_EQ(recipe.model.layers[0].kind.name(), "conv2d");
  EXPECT_EQ(recipe.model.layers[2].kind.place().line, 15);
  EXPECT_EQ(recipe.loss->kind.name(), "cross_entropy");
  EXPECT_EQ(recipe.optimizer.make()->learning_rate(), 1.0f);
  EXPECT_EQ(recipe.schedule->pace, Pace::epoch);
  EXPECT_EQ(recipe.schedule->warm_up, 0.5);
  EXPECT_EQ(recipe.train.clip_norm, 2);
  EXPECT_EQ(recipe.train.early_stopping->monitor, "validation_accuracy");
  EXPECT_THAT(to_toml(recipe), HasSubstr("kernel_size = [5, 3]\n"));
  EXPECT_THAT(to_toml(recipe), HasSubstr("padding_mode = \"same\"\n"));
  EXPECT_THAT(to_toml(recipe), HasSubstr("groups = 1\nalgorithm = \"direct\"\n"));
}

TEST(Recipe, PrecisionIsOfWeightsOrOfProducts) {
  const Recipe plain = parse_recipe(kSmallest, "x.toml");
  EXPECT_EQ(plain.train.precision, DType::f32);
  EXPECT_EQ(plain.train.products, ProductPrecision::full);
  const Recipe half = parse_recipe(kSmallest, "x.toml", {"train.precision=\"bf16\""});
  EXPECT_EQ(half.train.precision, DType::f32);
  EXPECT_EQ(half.train.products, ProductPrecision::bf16);
  EXPECT_THAT(to_toml(half), HasSubstr("precision = \"bf16\"\n"));
  const Recipe wide = parse_recipe(kSmallest, "x.toml", {"train.precision=\"f64\""});
  EXPECT_EQ(wide.train.precision, DType::f64);
  EXPECT_EQ(wide.train.products, ProductPrecision::full);
  EXPECT_THAT(fault_of(kSmallest, {"train.precision=\"f16\""}), HasSubstr("bf16"));
}

TEST(Recipe, TellsAllFaultsAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(fault_of(R"(sed = 1
[data]
name = "digit"
[model]
name = "mlp"
hiden = [3]
[optimizer]
name = "adam"
learning_rate = "fast"
[train]
epochs = 0
batch_size = 2.5
)"),
            "recipe: x.toml has 6 faults\n"
            "x.toml:1:1: sed: unknown key; allowed: name, seed, data, model, loss, optimizer, "
            "schedule, train; did you mean seed?\n"
            "x.toml:3:1: data.name: is \"digit\"; allowed: breast-cancer, diabetes, digits, "
            "fashion-mnist, iris, shuttle, wine, xor; did you mean "
            "digits?\n"
            "x.toml:6:1: model.hiden: unknown key; allowed: name, hidden, activation, dropout; did "
            "you mean hidden?\n"
            "x.toml:9:1: optimizer.learning_rate: is \"fast\"; must be a number\n"
            "x.toml:11:1: train.epochs: is 0; must be an integer, 1 or more\n"
            "x.toml:12:1: train.batch_size: is 2.5; must be an integer, 1 or more");
}

TEST(Recipe, AnswersInUnderTenLines) {
  std::string keys;
  for (int i = 0; i < 30; ++i) keys += "key" + std::to_string(i) + " = 1\n";
  const std::string message = fault_of(keys + kSmallest);
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 8);
  EXPECT_TRUE(message.ends_with("\nand 23 more")) << message;
}

TEST(Recipe, SaysWhereTheSyntaxIsBroken) {
  EXPECT_EQ(fault_of("[data]\nname = \n"),
            "recipe: x.toml has 1 fault\n"
            "x.toml:2:8: Error while parsing key-value pair: expected value, saw '\\n'");
}

TEST(Recipe, AnEmptyFileLacksItsParts) {
  EXPECT_EQ(
      fault_of(""),
      "recipe: x.toml has 2 faults\n"
      "x.toml: data.name: is missing; allowed: breast-cancer, diabetes, digits, fashion-mnist, "
      "iris, "
      "shuttle, wine, xor\n"
      "x.toml: model: has neither a name nor layers; allowed: name = \"mlp\" or \"lenet\", or "
      "[[model.layers]] with a type each");
}

TEST(Recipe, ATableWhereAValueBelongsAndTheReverse) {
  EXPECT_THAT(fault_of("data = 3\n[model]\nname = \"mlp\"\n"),
              HasSubstr("x.toml:1:1: data: is 3; must be a table, [data]"));
  EXPECT_THAT(fault_of(std::string(kSmallest) + "[train.epochs]\n"),
              HasSubstr("train.epochs: is a table; must be an integer, 1 or more"));
  EXPECT_THAT(fault_of("[data]\nname = \"digits\"\n[model]\nlayers = [1]\n"),
              HasSubstr("x.toml:4:11: model.layers.0: is 1; must be a table, [[model.layers]]"));
}

TEST(Recipe, OverridesAreAppliedBeforeChecking) {
  const Recipe recipe = parse_recipe(
      kSmallest, "x.toml",
      {"train.epochs=3", "data.name=fashion-mnist", "name=a b", "optimizer.learning_rate=1e-2",
       "model.hidden=[8, 4]", "train.early_stopping.patience=2"});
  EXPECT_EQ(recipe.train.epochs, 3);
  EXPECT_EQ(recipe.data.name, "fashion-mnist");
  EXPECT_EQ(recipe.name, "a b");
  EXPECT_EQ(recipe.optimizer.make()->learning_rate(), 1e-2f);
  EXPECT_EQ(recipe.model.hidden, (Dims{8, 4}));
  EXPECT_EQ(recipe.train.early_stopping->patience, 2);
}

TEST(Recipe, OverridesReachElementsOfLists) {
  const std::string text =
      "[data]\nname = \"digits\"\n[[model.layers]]\ntype = \"linear\"\nout = 3\n";
  const Recipe recipe = parse_recipe(text, "x.toml", {"model.layers.0.out=5"});
  EXPECT_THAT(to_toml(recipe), HasSubstr("out = 5\n"));
  EXPECT_THAT(fault_of(text, {"model.layers.1.out=5"}),
              HasSubstr("--set model.layers.1.out: model.layers.1.out: the list has elements 0 to "
                        "0, not 1"));
}

TEST(Recipe, FaultsOfOverridesNameTheOverride) {
  EXPECT_EQ(fault_of(kSmallest, {"train.epoch=3", "train.batch_size=0", "seed"}),
            "recipe: x.toml has 3 faults\n"
            "--set seed: is not of the form key.path=value\n"
            "--set train.batch_size: train.batch_size: is 0; must be an integer, 1 or more\n"
            "--set train.epoch: train.epoch: unknown key; allowed: epochs, batch_size, precision, "
            "clip_norm, clip_value, compile, checkpoint_steps, checkpoint_seconds, early_stopping; "
            "did you mean epochs?");
}

TEST(Recipe, EachAllowedNameIsListedOnce) {
  EXPECT_THAT(fault_of(kSmallest, {"schedule.name=cosine", "schedule.minimm=0.1"}),
              HasSubstr("unknown key; allowed: name, duration, minimum, pace, warm_up; did you "
                        "mean minimum?"));
  EXPECT_THAT(fault_of("[data]\nname = \"digits\"\n[[model.layers]]\ntype = \"conv2d\"\npad = 1\n"),
              HasSubstr("allowed: type, in, out, kernel_size, stride, padding, padding_mode, "
                        "dilation, groups, algorithm, bias, initializer;"));
}

TEST(Recipe, FaultsOfListsNameTheElement) {
  EXPECT_THAT(fault_of(kSmallest, {"data.split=[-1, 1, 1]"}),
              HasSubstr("data.split.0: is -1; must be a number in [0, 1]"));
  EXPECT_THAT(fault_of(kSmallest, {"model.hidden=[8, 2.5]"}),
              HasSubstr("model.hidden.1: is 2.5; must be an integer"));
}

TEST(Recipe, AnIntegerWrittenAsANumberIsRecognised) {
  EXPECT_THAT(fault_of(kSmallest, {"train.epochs=1e3"}),
              HasSubstr("is 1000.0; must be an integer, 1 or more; did you mean 1000?"));
  EXPECT_THAT(fault_of(kSmallest, {"model.hidden=[8, 4.0]"}),
              HasSubstr("model.hidden.1: is 4.0; must be an integer, 1 or more; did you mean 4?"));
}

TEST(Recipe, NumbersAreFinite) {
  for (const std::string value : {"nan", "inf", "-inf"}) {
    EXPECT_THAT(
        fault_of(kSmallest, {"optimizer.learning_rate=" + value, "train.clip_norm=" + value,
                             "data.split=[" + value + ", 0.5, 0.5]"}),
        testing::AllOf(
            HasSubstr("optimizer.learning_rate: is " + value + "; must be a finite number\n"),
            HasSubstr("train.clip_norm: is " + value + "; must be a finite number, 0 or more"),
            HasSubstr("data.split.0: is " + value)));
  }
}

TEST(Recipe, WhatAnOverrideReplacesTakesItsOptionsWithIt) {
  const std::string resolved = to_toml(
      parse_recipe(std::string(kSmallest) + "[schedule]\nname = \"step\"\npace = \"epoch\"\n",
                   "x.toml", {"optimizer.learning_rate=0.25"}));
  const Recipe other =
      parse_recipe(resolved, "y.toml", {"optimizer.name=sgd", "schedule.name=plateau"});
  EXPECT_EQ(other.optimizer.kind.name(), "sgd");
  EXPECT_EQ(other.optimizer.make()->learning_rate(), 0.25f);  // an option of both
  EXPECT_TRUE(other.schedule->is_plateau());
  EXPECT_EQ(parse_recipe(resolved, "y.toml", {"model.name=lenet"}).model.name, "lenet");
  // What --set itself says, and what no kind knows, is refused all the same.
  EXPECT_THAT(fault_of(resolved, {"optimizer.name=sgd", "optimizer.beta1=0.5"}),
              HasSubstr("--set optimizer.beta1: optimizer.beta1: unknown key"));
  EXPECT_THAT(fault_of(resolved + "oops = 1\n", {"schedule.name=plateau"}),
              HasSubstr("oops: unknown key"));
}

TEST(Recipe, ASoftmaxUnderALossThatTakesScoresIsRefused) {
  const std::string layers =
      "[data]\nname = \"iris\"\n[[model.layers]]\ntype = \"linear\"\n"
      "[[model.layers]]\ntype = \"softmax\"\n";
  EXPECT_THAT(fault_of(layers),
              HasSubstr("x.toml:5:1: model.layers.1: is a softmax, and cross_entropy takes scores, "
                        "of which it takes the softmax itself; leave the layer out"));
  EXPECT_THAT(
      fault_of(layers, {"loss.name=negative_log_likelihood"}),
      HasSubstr("model.layers.1: is a softmax, and negative_log_likelihood takes logarithms "
                "of probabilities; did you mean log_softmax?"));
  EXPECT_EQ(
      fault_of(layers, {"loss.name=negative_log_likelihood", "model.layers.1.type=log_softmax"}),
      "");
  EXPECT_EQ(fault_of(layers, {"loss.name=multiclass_hinge"}), "");
}

TEST(Recipe, AWarmUpEndsBeforeTheTraining) {
  EXPECT_EQ(fault_of(kSmallest, {"schedule.name=cosine", "schedule.warm_up=10"}),
            "recipe: x.toml has 1 fault\n"
            "--set schedule.warm_up: schedule.warm_up: is 10; must be below train.epochs, which is "
            "10");
  EXPECT_EQ(fault_of(kSmallest, {"schedule.name=cosine", "schedule.warm_up=9.5"}), "");
}

TEST(Recipe, AnOverrideCannotSmuggleInFurtherKeys) {
  const Recipe recipe = parse_recipe(kSmallest, "x.toml", {"name=1\nseed=3"});
  EXPECT_EQ(recipe.seed, 0);
  EXPECT_EQ(recipe.name, "1\nseed=3");
}

TEST(Recipe, WrittenOutItReadsBackTheSame) {
  for (const std::string extra :
       {"", "[schedule]\nname = \"plateau\"\nfactor = 0.3\n",
        "[loss]\nname = \"multiclass_hinge\"\n",
        "[train.early_stopping]\nminimum_change = 0.1\n[optimizer]\nname = \"sgd\"\n"}) {
    const Recipe recipe = parse_recipe(kSmallest + extra, "x.toml", {"name=a \"quoted\"\n\\name"});
    const std::string text = to_toml(recipe);
    const Recipe again = parse_recipe(text, "y.toml");
    EXPECT_EQ(to_toml(again), text);
    EXPECT_TRUE(differences(recipe, again).empty());
    EXPECT_EQ(again.name, "a \"quoted\"\n\\name");
  }
}

TEST(Recipe, WhatFollowsFromTheDataIsFilledIn) {
  const Recipe digits = parse_recipe(kSmallest, "x.toml");
  EXPECT_EQ(digits.data.split, (std::vector<double>{0.7, 0.15, 0.15}));
  EXPECT_EQ(digits.loss->kind.name(), "cross_entropy");
  const Recipe fashion = parse_recipe(kSmallest, "x.toml", {"data.name=fashion-mnist"});
  EXPECT_EQ(fashion.data.split, (std::vector<double>{0.9, 0.1}));
  const Recipe diabetes = parse_recipe(kSmallest, "x.toml", {"data.name=diabetes"});
  EXPECT_EQ(diabetes.loss->kind.name(), "mean_squared_error");
}

TEST(Recipe, WhatDoesNotFitTheDataIsRefused) {
  EXPECT_EQ(fault_of(std::string(kSmallest) + "[loss]\nname = \"huber\"\n[train.early_stopping]\n"
                                              "monitor = \"validation_acuracy\"\n",
                     {"data.split=[0.5, 0.5]"}),
            "recipe: x.toml has 3 faults\n"
            "--set data.split: data.split: has 2 shares; digits has no test set of its own: give "
            "the shares of training, validation and test, as [0.7, 0.15, 0.15]\n"
            "x.toml:6:1: loss.name: is \"huber\", which does not fit a classification; allowed: "
            "cross_entropy, multiclass_hinge, negative_log_likelihood\n"
            "x.toml:8:1: train.early_stopping.monitor: is \"validation_acuracy\", which is not "
            "measured; allowed: train_loss, train_accuracy, validation_loss, validation_accuracy; "
            "did you mean validation_accuracy?");
}

TEST(Recipe, WithoutValidationExamplesNothingOfThemCanBeMonitored) {
  EXPECT_THAT(fault_of(kSmallest, {"data.split=[0.8, 0, 0.2]", "train.early_stopping.patience=1"}),
              HasSubstr("train.early_stopping.monitor: is \"validation_loss\", which is not "
                        "measured; allowed: train_loss, train_accuracy"));
}

TEST(Recipe, FloatsKeepTheirShortestForm) {
  const Recipe recipe = parse_recipe(kSmallest, "x.toml", {"optimizer.learning_rate=0.1"});
  EXPECT_THAT(to_toml(recipe), HasSubstr("learning_rate = 0.1\n"));
}

TEST(Recipe, DifferencesNameKeysWithBothValues) {
  const Recipe before = parse_recipe(kSmallest, "x.toml");
  const Recipe after =
      parse_recipe(kSmallest, "x.toml", {"train.epochs=3", "schedule.name=cosine"});
  const auto found = differences(before, after);
  ASSERT_GE(found.size(), 2u);
  EXPECT_EQ(found[0].key, "train.epochs");
  EXPECT_EQ(found[0].before, "10");
  EXPECT_EQ(found[0].after, "3");
  EXPECT_EQ(found[1].key, "schedule.name");
  EXPECT_EQ(found[1].before, "");
}

TEST(Recipe, CopiesHaveOptionsOfTheirOwn) {
  Recipe recipe = parse_recipe(kSmallest, "x.toml", {"optimizer.learning_rate=0.25"});
  const Recipe copy = recipe;
  OptionAssigner assigner({{"learning_rate", 0.5f}});
  recipe.optimizer.kind.maker().fields(assigner);
  EXPECT_EQ(copy.optimizer.make()->learning_rate(), 0.25f);
  EXPECT_EQ(recipe.optimizer.make()->learning_rate(), 0.5f);
}

TEST(Recipe, AFileThatIsNotThereOrAFolderIsNamed) {
  try {
    read_recipe("/nowhere/x.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/x.toml"));
  }
  EXPECT_THROW(read_recipe(std::filesystem::temp_directory_path().string()), Error);
}

}  // namespace
}  // namespace gradus::train
