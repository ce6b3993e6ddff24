// Internal: the examples of a run.
#pragma once

#include "gradus/base/pointer.h"
#include "gradus/data/augmentation.h"
#include "gradus/data/catalog.h"
#include "gradus/data/loader.h"
#include "gradus/train/data_recipe.h"

namespace gradus::train {

/// The parts of a data set as it is, and how its inputs become those of the model.
struct RunData {
  data::DataSetInfo info;
  Shared<const data::Dataset> training, validation, test;  ///< may be empty, never null
  data::InputScale scale = {};
};

/// Reads and parts a data set; `key` decides which example goes where.
RunData load_run_data(const DataRecipe& recipe, const Key& key);

/// Only the first examples of each part, at most `count`.
RunData first_of_each(const RunData& data, std::int64_t count);

struct LoaderPurpose {
  std::int64_t batch_size = 256;
  bool shuffle = false;
  Key key = Key(0);
  data::Augmentation augmentation = {};  ///< of inputs as they are in the data set
};
/// Batches as the model takes them, inputs (and targets that are not classes) in `dtype`.
data::DataLoader loader_of(Shared<const data::Dataset> examples, const data::InputScale& scale,
                           DType dtype, const LoaderPurpose& purpose = {});

}  // namespace gradus::train
