// Internal: examples as decision trees look at them.
#pragma once

#include <cstdint>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::learn {

/// Each feature in at most 256 bins. Bin b of a feature holds values above edges[b - 1] and up to
/// edges[b].
struct BinnedExamples {
  std::size_t examples = 0, features = 0;
  std::vector<std::uint8_t> bins;          // feature after feature
  std::vector<std::vector<double>> edges;  // of each feature, ascending, one less than its bins

  const std::uint8_t* of_feature(std::size_t feature) const {
    return bins.data() + feature * examples;
  }
};

/// x: (examples, features), f32 or f64. An edge between every two neighbouring values, or at
/// quantiles if there are more values than bins.
BinnedExamples bin_examples(const Tensor& x, std::int64_t bins);

}  // namespace gradus::learn
