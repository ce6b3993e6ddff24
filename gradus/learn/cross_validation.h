#pragma once

#include <string>
#include <vector>

#include "gradus/learn/estimator.h"
#include "gradus/learn/folds.h"
#include "gradus/learn/options.h"

namespace gradus::learn {

/// Folds for an estimator: of one size, and with the shares of the classes if it is a classifier.
std::vector<Fold> folds_for(const Estimator& estimator, const Tensor& x, const Tensor& y,
                            const FoldOptions& options = {});

/// The scores of copies of an estimator, each fitted to the training examples of a fold.
struct FoldScores {
  Tensor train;  // f64 (folds): on the examples it was fitted to
  Tensor test;   // f64 (folds): on those it had not seen
};
/// Folds are fitted in parallel. y is passed on as it is; undefined for clusterings.
FoldScores cross_validate(const Estimator& estimator, const Tensor& x, const Tensor& y,
                          const std::vector<Fold>& folds);

/// Scores as something grows. Under-fitting shows as low scores on both, over-fitting as a gap.
struct ScoreCurve {
  Tensor train;  // f64 (points, folds)
  Tensor test;   // f64 (points, folds)
};
/// With one option at these values.
ScoreCurve validation_curve(const Estimator& estimator, const std::string& option,
                            const std::vector<OptionValue>& values, const Tensor& x,
                            const Tensor& y, const std::vector<Fold>& folds);
/// With these shares, in (0, 1], of the training examples of each fold, at random.
ScoreCurve learning_curve(const Estimator& estimator, const std::vector<double>& shares,
                          const Tensor& x, const Tensor& y, const std::vector<Fold>& folds,
                          std::uint64_t seed = 0);

}  // namespace gradus::learn
