#pragma once

#include <cstdint>
#include <vector>

#include "gradus/ops/random.h"

namespace gradus::data {

/// The shares of the parts; they add up to 1.
struct SplitOptions {
  double train = 0.70;
  double validation = 0.15;
  double test = 0.15;
  Key key = Key(0);  ///< decides which example goes where
};

/// Numbers of examples; each example is in exactly one part. Ascending.
struct Split {
  std::vector<std::int64_t> train, validation, test;
};

/// Parts `count` examples at random. The size of each part is within one of its share.
Split split_at_random(std::int64_t count, const SplitOptions& options = {});

/// As split_at_random, and every class has its share of each part too, within two examples.
/// labels: integers (examples).
Split split_by_class(const Tensor& labels, const SplitOptions& options = {});

}  // namespace gradus::data
