#pragma once

#include <string>
#include <vector>

#include "gradus/data/catalog.h"
#include "gradus/data/input_scale.h"
#include "gradus/nn/sequential.h"
#include "gradus/train/evaluate.h"
#include "gradus/train/recipe.h"

namespace gradus::io {
struct Safetensors;
}

namespace gradus::train {

/// The model that a run has trained, and what it needs to know of its inputs.
struct TrainedModel {
  Recipe recipe;
  data::DataSetInfo info;  ///< of the data it was trained on
  data::InputScale scale;
  nn::Sequential model;
  std::int64_t epochs = 0;  ///< of training
};

/// The model of a recipe with its first weights. Throws Error naming the place in the recipe.
nn::Sequential build_model(const Recipe& recipe);

/// True if a file holds the model of a run, which load_run() reads.
bool has_recipe(const io::Safetensors& file);

/// Writes a model with its recipe and scale as a safetensors file, atomically.
void write_model(const std::string& path, const TrainedModel& trained);

/// Reads the model of a finished run, from its folder or its model.safetensors. Throws Error naming
/// the file if it is not such a model.
TrainedModel load_run(const std::string& path);

/// What a model does on the test examples of a data set.
struct Evaluation {
  std::string data;
  Metrics metrics;
  Predictions predictions;
};
/// Evaluates on the test part of the data set `data` (of all its examples where it has no test set
/// and is not the one of the training), or of its own if `data` is empty. Throws Error if the data
/// do not fit the model.
Evaluation evaluate(TrainedModel& trained, const std::string& data = {});

/// What a model says of some inputs.
struct Prediction {
  Tensor outputs = {};        // (examples, outputs)
  Tensor probabilities = {};  // (examples, classes); undefined for a regression
  Tensor labels = {};         // i64 (examples); undefined for a regression
};
/// `inputs` are as in the data set: (examples, ...), or one example without the first axis. Throws
/// Error naming both shapes if they do not fit.
Prediction predict(TrainedModel& trained, const Tensor& inputs);

}  // namespace gradus::train
