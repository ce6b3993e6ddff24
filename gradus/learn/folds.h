#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::learn {

/// Numbers of examples, ascending.
struct Fold {
  std::vector<std::int64_t> train, test;
};

struct FoldOptions {
  std::int64_t folds = 5;
  std::optional<std::uint64_t> shuffle_seed = {};  ///< else in the order of the examples
};

/// Parts `count` examples into folds of nearly one size; each is the test of one of the results and
/// belongs to the training examples of the others. Throws Error unless 2 <= folds <= count.
std::vector<Fold> k_fold(std::int64_t count, const FoldOptions& options = {});

/// As k_fold, and each class is spread evenly over the folds. labels: integers (examples), of each
/// class as many as there are folds at least.
std::vector<Fold> stratified_k_fold(const Tensor& labels, const FoldOptions& options = {});

}  // namespace gradus::learn
