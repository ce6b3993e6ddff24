#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gradus/base/pointer.h"
#include "gradus/learn/cross_validation.h"

namespace gradus::learn {

/// Options and what was found of them.
struct SearchCandidate {
  NamedOptions options;
  Tensor scores;  // f64 (folds): on examples not seen
  double mean = 0;
  double deviation = 0;  ///< of the scores, divided by n
};

struct SearchResult {
  std::vector<SearchCandidate> candidates;  ///< in the order in which they were made
  std::size_t best = 0;                     ///< the first with the largest mean
  Owned<Estimator> estimator;               ///< with the best options, fitted to all examples
};

/// Values for each option: {{"penalty", {0.1, 1.0, 10.0}}, {"kernel", {"linear", "rbf"}}}.
using OptionGrid = std::vector<std::pair<std::string, std::vector<OptionValue>>>;

/// Tries every combination on every fold, in parallel. Throws Error if the grid is empty, or what a
/// fit throws.
SearchResult grid_search(const Estimator& estimator, const OptionGrid& grid, const Tensor& x,
                         const Tensor& y, const std::vector<Fold>& folds);

/// Where the values of an option are drawn from.
struct OptionRange {
  enum class Scale { linear, logarithmic };
  std::string name = {};
  std::vector<OptionValue> choices = {};  ///< if there are any, one of them
  double low = 0;                         ///< else uniform from here
  double high = 1;                        ///< to here
  Scale scale = Scale::linear;
  bool whole = false;  ///< whole numbers only, `high` among them
};

struct RandomSearchOptions {
  std::int64_t candidates = 10;
  std::uint64_t seed = 0;
};

/// Tries combinations drawn at random (Bergstra and Bengio 2012).
SearchResult random_search(const Estimator& estimator, const std::vector<OptionRange>& ranges,
                           const Tensor& x, const Tensor& y, const std::vector<Fold>& folds,
                           const RandomSearchOptions& options = {});

}  // namespace gradus::learn
