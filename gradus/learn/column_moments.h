// Internal: means and variances of features without a copy of the examples in f64.
#pragma once

#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::learn {

struct ColumnMoments {
  std::vector<double> mean;
  std::vector<double> variance;  // divided by n
};

/// Of each feature of examples (examples, features), f32 or f64: sums in f64, variances of what is
/// left after the mean.
ColumnMoments column_moments(const Tensor& x);

}  // namespace gradus::learn
