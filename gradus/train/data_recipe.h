#pragma once

#include <string>
#include <vector>

#include "gradus/data/input_scale.h"
#include "gradus/train/choice.h"
#include "gradus/train/recipe_visitor.h"

namespace gradus::train {

/// A change of [[data.augmentation]].
struct AugmentationRecipe {
  AugmentationChoice kind = {};
  void fields(RecipeVisitor& v) { kind.fields(v, "type"); }
};

/// The [data] table.
struct DataRecipe {
  std::string name = {};  ///< of a data set of the catalog
  /// Shares of training, validation and test; of training and validation where the data set has a
  /// test set of its own. Left out: [0.7, 0.15, 0.15], or [0.9, 0.1].
  std::vector<double> split = {};
  data::Normalization normalize = data::Normalization::standard;
  /// Random changes of the training images, in order, before they are normalised: `fill` is in the
  /// units of the data set's pixels. Validation, test and the fit of `normalize` see images as they
  /// are.
  std::vector<AugmentationRecipe> augmentation = {};

  bool has_validation() const { return split.size() > 1 && split[1] > 0; }
  data::Augmentation make_augmentation() const;
  void fields(RecipeVisitor& v);
};

}  // namespace gradus::train
