#pragma once

#include <vector>

#include "gradus/data/dataset.h"

namespace gradus::data {

enum class Normalization {
  none,
  unit,      ///< to [0, 1]: by the range of pixels, or of each feature in the training examples
  standard,  ///< mean 0 and deviation 1 over the training examples, for each channel or feature
};

/// How raw inputs become what a model sees: (x - offset) / divisor for each channel or feature, the
/// first axis of an example.
struct InputScale {
  std::vector<double> offset = {};   ///< both empty: only converted
  std::vector<double> divisor = {};  ///< not 0

  /// (batch, channels, ...) of any type -> the same shape in `dtype`, evaluated.
  Tensor operator()(const Tensor& inputs, DType dtype) const;
};

/// The scale for some training examples. `pixel_maximum` is 0 where they are not pictures.
InputScale fit_scale(const Dataset& examples, Normalization normalization, double pixel_maximum);

}  // namespace gradus::data
