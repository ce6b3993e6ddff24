#include "gradus/train/model_recipe.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/switches.h"
#include "gradus/ops/creation.h"

namespace gradus::train {
namespace {

constexpr const char* kMlp = "mlp";
constexpr const char* kLenet = "lenet";

std::vector<std::string> activation_names() {
  return {"relu", "tanh", "sigmoid", "leaky_relu", "prelu",     "elu",
          "selu", "gelu", "silu",    "softplus",   "hard_tanh", "absolute_value"};
}

LayerRecipe layer_of(std::string_view type, std::vector<NamedOption> options = {}) {
  return {.kind = decltype(LayerRecipe::kind)(type, std::move(options))};
}

/// The hidden layers of a perceptron and its output layer.
void add_perceptron(std::vector<LayerRecipe>& layers, const ModelRecipe& recipe,
                    const Dims& hidden) {
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    layers.push_back(layer_of("linear", {{"out", hidden[i]}}));
    layers.push_back(layer_of(recipe.activation));
    if (recipe.dropout > 0) layers.push_back(layer_of("dropout", {{"rate", recipe.dropout}}));
  }
  layers.push_back(layer_of("linear"));  // as many outputs as the data ask for
}

std::vector<LayerRecipe> mlp(const ModelRecipe& recipe, const Shape& example) {
  std::vector<LayerRecipe> layers;
  if (example.rank() > 1) layers.push_back(layer_of("flatten"));
  add_perceptron(layers, recipe, recipe.hidden.empty() ? Dims{128} : recipe.hidden);
  return layers;
}

/// Convolutions, each with an activation and a 2x2 maximum, and a perceptron on top.
/// After LeCun, Bottou, Bengio and Haffner 1998, figure 2.
std::vector<LayerRecipe> lenet(const ModelRecipe& recipe, const Shape& example) {
  if (example.rank() != 3) {
    Error error(ErrorCode::shape, "lenet",
                fmt::format("takes pictures (channels, height, width); the examples have shape {}",
                            example.to_string()),
                {example});
    if (!recipe.place.source.empty()) error.add_context(recipe.place.to_string());
    throw error;
  }
  std::vector<LayerRecipe> layers;
  for (const std::int64_t filters : recipe.channels) {
    layers.push_back(
        layer_of("conv2d", {{"out", filters}, {"kernel_size", Dims{recipe.kernel_size}}}));
    layers.push_back(layer_of(recipe.activation));
    layers.push_back(layer_of("max_pool"));
  }
  layers.push_back(layer_of("flatten"));
  add_perceptron(layers, recipe, recipe.hidden.empty() ? Dims{256} : recipe.hidden);
  return layers;
}

Shape batch_of(const Shape& example) {
  Dims dims{2};
  dims.append(example.begin(), example.end());
  return Shape(std::move(dims));
}

/// True if the recipe leaves the number of outputs of a layer open.
bool leaves_outputs_open(const LayerRecipe& layer) {
  OptionCollector collector;
  layer.kind.maker().fields(collector);
  return std::any_of(collector.options.begin(), collector.options.end(), [](const auto& option) {
    return option.name == "out" && option.value == std::int64_t{0};
  });
}

/// Gives the last layer that chooses a number of outputs the number that the data ask for, where
/// the recipe leaves it open.
void fill_outputs(std::vector<LayerRecipe>& layers, std::int64_t outputs) {
  const auto last = std::find_if(layers.rbegin(), layers.rend(), leaves_outputs_open);
  if (last == layers.rend()) return;
  OptionAssigner assigner({{"out", outputs}});
  last->kind.maker().fields(assigner);
}

void check_output(const Shape& output, std::int64_t outputs, const Place& place) {
  if (output.rank() == 2 && output[1] == outputs) return;
  Error error(ErrorCode::shape, "model",
              fmt::format("the last layer gives {} for a batch of 2; the data ask for [2, {}]",
                          output.to_string(), outputs),
              {output, Shape{2, outputs}});
  if (!place.source.empty()) error.add_context(place.to_string());
  throw error;
}

/// The layers of a model: those of the list, or those that the name stands for, which stand where
/// the name does.
std::vector<LayerRecipe> layers_of(const ModelRecipe& recipe, const Shape& example) {
  if (recipe.name.empty()) return recipe.layers;
  auto layers = recipe.name == kLenet ? lenet(recipe, example) : mlp(recipe, example);
  for (LayerRecipe& layer : layers) layer.kind.stands_at(recipe.place);
  return layers;
}

}  // namespace

void ModelRecipe::fields(RecipeVisitor& v) {
  if (const auto read = v.place_of_key("name")) place = *read;
  if (!v.text("name", name, {.names = {kMlp, kLenet}})) {
    v.take_the_rest();
    return;
  }
  if (name == kLenet) {
    v.integers("channels", channels, {.low = 1});
    v.integer("kernel_size", kernel_size, {.low = 1});
  }
  if (!name.empty()) {
    v.integers("hidden", hidden, {.low = 1});
    v.text("activation", activation, {.names = activation_names()});
    v.number("dropout", dropout, {.low = 0, .high = 1});
    return;
  }
  v.tables("layers", layers);
  if (layers.empty()) {
    v.fault("",
            "has neither a name nor layers; allowed: name = \"mlp\" or \"lenet\", or "
            "[[model.layers]] with a type each");
  }
}

BuiltModel build_model(const ModelRecipe& recipe, const Shape& example, std::int64_t outputs,
                       const Key& key, DType dtype) {
  // First weights are not drawn before somebody needs them: a model that is too large can be
  // described, and one whose weights come from a file never draws them.
  const DeferralScope only_made;
  BuiltModel built{{}, layers_of(recipe, example)};
  fill_outputs(built.layers, outputs);
  Tensor value = zeros(batch_of(example), dtype);  // only its shape is looked at
  for (std::size_t i = 0; i < built.layers.size(); ++i) {
    const LayerRecipe& layer = built.layers[i];
    try {
      layer.kind.maker().infer(value.shape());
      value = nn::in_module(fmt::format("layers.{}", i), [&] {
        nn::Context evaluation;
        Owned<nn::Layer> made = layer.kind.maker().make();
        nn::convert(*made, dtype);
        const Tensor output = made->forward(value, evaluation);
        built.model.add(std::move(made));
        return output;
      });
    } catch (Error& error) {
      const Place& place = layer.kind.place();
      if (!place.source.empty()) error.add_context(place.to_string());
      throw;
    }
  }
  check_output(value.shape(), outputs, built.layers.back().kind.place());
  nn::initialize(built.model, key);
  nn::convert(built.model, dtype);
  return built;
}

}  // namespace gradus::train
