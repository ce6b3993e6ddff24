#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gradus/nn/sequential.h"
#include "gradus/train/choice.h"

namespace gradus::train {

/// A layer of [[model.layers]].
struct LayerRecipe {
  LayerChoice kind = {};
  void fields(RecipeVisitor& v) { kind.fields(v, "type"); }
};

/// The [model] table: a network by name, with its options, or a list of layers. Sizes that follow
/// from the data (inputs of layers, outputs of the last) may be left out.
struct ModelRecipe {
  std::string name = {};  ///< "mlp" or "lenet"; empty: `layers`
  std::string activation = "relu";
  float dropout = 0;             ///< before each hidden layer but the first; 0: none
  Dims hidden = {};              ///< sizes of the hidden layers; empty: 128 (mlp), 256 (lenet)
  Dims channels = {32, 64};      ///< lenet: filters of each convolution
  std::int64_t kernel_size = 5;  ///< lenet: of the convolutions
  std::vector<LayerRecipe> layers = {};
  /// Where a recipe gives the name; without a source if none does.
  Place place = {};

  void fields(RecipeVisitor& v);
};

/// A model, and the layers it was made of with every size filled in.
struct BuiltModel {
  nn::Sequential model;
  std::vector<LayerRecipe> layers;
};

/// Builds the model for examples of shape `example` (without the batch) and `outputs` numbers for
/// each, with its first weights to be drawn from `key` when they are needed. Throws Error naming
/// the place in the recipe, the module, the operation and the shapes.
BuiltModel build_model(const ModelRecipe& recipe, const Shape& example, std::int64_t outputs,
                       const Key& key, DType dtype = DType::f32);

}  // namespace gradus::train
