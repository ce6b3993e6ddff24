#include "gradus/train/trained_model.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/error.h"
#include "gradus/data/tensor_dataset.h"
#include "gradus/io/path_kind.h"
#include "gradus/io/safetensors.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/train/run_data.h"
#include "gradus/train/run_folder.h"
#include "gradus/train/run_keys.h"

namespace gradus::train {
namespace {

constexpr const char* kScaleKey = "gradus.inputs";
constexpr const char* kEpochsKey = "gradus.epochs";

/// The model file of what the user named: a file, or the folder of a run.
std::string model_path(const std::string& path) {
  const io::PathKind kind = io::kind_of_path("load_run", path);
  if (kind == io::PathKind::nothing) {
    throw Error(ErrorCode::not_found, "load_run", path + ": there is no such run or model");
  }
  if (kind != io::PathKind::folder) return path;
  const RunFolder folder = open_run_folder(path);
  if (io::is_there("load_run", folder.model())) return folder.model();
  throw Error(ErrorCode::not_found, "load_run",
              path + ": the run is not finished: it has no model.safetensors; go on with --resume");
}

const std::string& metadata_of(const io::Safetensors& file, const char* key,
                               const std::string& path) {
  if (const std::string* found = file.metadata.find(key)) return *found;
  throw Error(ErrorCode::format, "load_run",
              fmt::format("{}: it is not the model of a run: its metadata have no {}", path, key));
}

/// {"offset":[...],"divisor":[...]}; numbers keep their bits.
std::string to_json(const data::InputScale& scale) {
  return nlohmann::ordered_json{{"offset", scale.offset}, {"divisor", scale.divisor}}.dump();
}

data::InputScale scale_from_json(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    data::InputScale scale{json.at("offset").get<std::vector<double>>(),
                           json.at("divisor").get<std::vector<double>>()};
    const bool sensible =
        scale.offset.size() == scale.divisor.size() &&
        std::none_of(scale.divisor.begin(), scale.divisor.end(), [](double d) { return d == 0; });
    if (sensible) return scale;
  } catch (const nlohmann::json::exception&) {
    // Answered below.
  }
  throw Error(ErrorCode::format, "load_run", "it is not the scale of inputs: " + text);
}

/// 0 where the file does not say.
std::int64_t epochs_of(const io::Safetensors& file) {
  const std::string* text = file.metadata.find(kEpochsKey);
  std::int64_t epochs = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), epochs);
  return epochs;
}

std::int64_t outputs_of(const data::DataSetInfo& info) {
  return info.task == data::Task::classification ? info.classes() : 1;
}

/// All examples of a data set that the model was not trained on; else the test part.
Shared<const data::Dataset> test_examples(const TrainedModel& trained, const std::string& name) {
  if (name == trained.recipe.data.name) {
    return load_run_data(trained.recipe.data, split_key(trained.recipe)).test;
  }
  data::LoadedDataSet loaded = data::load(name);
  return share<const data::TensorDataset>(std::move(loaded.test ? *loaded.test : loaded.train));
}

void check_fit(const TrainedModel& trained, const data::DataSetInfo& info) {
  const bool fits = info.input_shape == trained.info.input_shape &&
                    outputs_of(info) == outputs_of(trained.info) && info.task == trained.info.task;
  if (fits) return;
  throw Error(ErrorCode::shape, "evaluate",
              fmt::format("the model takes examples {} of {} classes; {} has {} of {}",
                          trained.info.input_shape.to_string(), trained.info.classes(), info.name,
                          info.input_shape.to_string(), info.classes()),
              {trained.info.input_shape, info.input_shape});
}

/// What a model can say something about: at least one example, and no NaN or infinity.
void check_values(const Tensor& batch) {
  if (batch.dim(0) == 0) {
    throw Error(ErrorCode::invalid_argument, "predict", "the input holds no examples");
  }
  if (!is_floating(batch.dtype())) return;
  const std::int64_t example_size = batch.size() / batch.dim(0);
  const auto finite = reshape(is_finite(batch), Shape{batch.dim(0), example_size});
  const auto whole = all(finite, {.axes = {1}}).to_vector<bool>();
  const auto bad = std::find(whole.begin(), whole.end(), false);
  if (bad == whole.end()) return;
  throw Error(
      ErrorCode::invalid_argument, "predict",
      fmt::format("example {} of the input holds a NaN or an infinity", bad - whole.begin()));
}

}  // namespace

nn::Sequential build_model(const Recipe& recipe) {
  const data::DataSetInfo& info = data::find_data_set(recipe.data.name);
  return build_model(recipe.model, info.input_shape, outputs_of(info), weights_key(recipe),
                     recipe.train.precision)
      .model;
}

bool has_recipe(const io::Safetensors& file) {
  return file.metadata.find(kRecipeKey) && file.metadata.find(kScaleKey);  // a checkpoint: no scale
}

void write_model(const std::string& path, const TrainedModel& trained) {
  io::Safetensors file;
  file.tensors = nn::state(trained.model);
  file.metadata = {{kRecipeKey, to_toml(trained.recipe)},
                   {kScaleKey, to_json(trained.scale)},
                   {kEpochsKey, fmt::format("{}", trained.epochs)}};
  io::write_safetensors(path, file);
}

TrainedModel load_run(const std::string& path) {
  const std::string file_path = model_path(path);
  const io::Safetensors file = io::read_safetensors(file_path);
  const Recipe recipe =
      parse_recipe(metadata_of(file, kRecipeKey, file_path), file_path + ": " + kRecipeKey);
  const std::string& scale = metadata_of(file, kScaleKey, file_path);
  const data::DataSetInfo& info = data::find_data_set(recipe.data.name);
  try {
    TrainedModel trained{recipe, info, scale_from_json(scale),
                         build_model(recipe.model, info.input_shape, outputs_of(info), Key(0),
                                     recipe.train.precision)
                             .model,
                         epochs_of(file)};
    nn::load_state(trained.model, file.tensors);
    return trained;
  } catch (Error& error) {
    error.add_context(file_path);
    throw;
  }
}

Evaluation evaluate(TrainedModel& trained, const std::string& data) {
  const std::string name = data.empty() ? trained.recipe.data.name : data;
  check_fit(trained, data::find_data_set(name));
  const auto examples = test_examples(trained, name);
  if (examples->size() == 0) {
    throw Error(ErrorCode::invalid_argument, "evaluate", name + " has no test examples");
  }
  const auto loader = loader_of(examples, trained.scale, trained.recipe.train.precision);
  const nn::Loss loss = trained.recipe.loss->kind.maker().make();
  return {name, evaluate(trained.model, loss, loader, trained.recipe.metrics()),
          predict(trained.model, loader)};
}

Prediction predict(TrainedModel& trained, const Tensor& inputs) {
  const Shape& example = trained.info.input_shape;
  const Tensor batch = inputs.shape() == example ? expand_dims(inputs, 0) : inputs;
  const bool fits = batch.rank() == example.rank() + 1 &&
                    Shape(Dims(batch.shape().begin() + 1, batch.shape().end())) == example;
  if (!fits) {
    throw Error(ErrorCode::shape, "predict",
                fmt::format("the model takes examples of shape {}; the input has shape {}",
                            example.to_string(), inputs.shape().to_string()),
                {example, inputs.shape()});
  }
  check_values(batch);
  const auto examples = share<const data::TensorDataset>(batch);
  const auto loader = loader_of(examples, trained.scale, trained.recipe.train.precision);
  Prediction prediction{.outputs = predict(trained.model, loader).outputs};
  if (trained.info.task == data::Task::classification && prediction.outputs.defined()) {
    prediction.probabilities = softmax(prediction.outputs).eval();
    prediction.labels = argmax(prediction.outputs).eval();
  }
  return prediction;
}

}  // namespace gradus::train
