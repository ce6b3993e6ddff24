// Internal: reading inputs of a prediction from files.
#pragma once

#include <string>

#include "gradus/core/tensor.h"
#include "gradus/data/catalog.h"

namespace gradus::train {

/// Reads examples like those of a data set from a file, as predict() takes them:
///
/// - .npy: an array (examples, ...) or one example; a picture of one channel may lack that axis;
/// - .csv: a row for each example, its values in row-major order, all of them numbers; columns of a
///   header are put in the order of the data set's, if these have names;
/// - .png: one picture. Colours become grey, or grey becomes colours, as the data set has it;
///   transparency is dropped, and white is the data set's largest value.
///
/// Throws Error naming the file if it cannot be read or is of another kind. Whether the shape fits
/// is left to predict().
Tensor read_inputs(const std::string& path, const data::DataSetInfo& info);

}  // namespace gradus::train
