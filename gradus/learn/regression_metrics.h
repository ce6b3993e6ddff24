#pragma once

#include "gradus/core/tensor.h"

// Measures of predicted numbers: (examples) or (examples, 1). Sums are in double precision.

namespace gradus::learn {

/// 1 - the squared errors over the squared deviations of `actual` from its mean: the coefficient of
/// determination. Of constant targets: 1 if there is no error, else 0, as scikit-learn has it.
double r2(const Tensor& predicted, const Tensor& actual);
double mean_squared_error(const Tensor& predicted, const Tensor& actual);
double mean_absolute_error(const Tensor& predicted, const Tensor& actual);

}  // namespace gradus::learn
