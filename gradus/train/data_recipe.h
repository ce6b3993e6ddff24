#pragma once

#include <string>
#include <vector>

#include "gradus/data/input_scale.h"
#include "gradus/train/recipe_visitor.h"

namespace gradus::train {

/// The [data] table.
struct DataRecipe {
  std::string name = {};  ///< of a data set of the catalog
  /// Shares of training, validation and test; of training and validation where the data set has a
  /// test set of its own. Left out: [0.7, 0.15, 0.15], or [0.9, 0.1].
  std::vector<double> split = {};
  data::Normalization normalize = data::Normalization::standard;

  bool has_validation() const { return split.size() > 1 && split[1] > 0; }
  void fields(RecipeVisitor& v);
};

}  // namespace gradus::train
