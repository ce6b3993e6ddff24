// Internal: means and variances in one pass over memory.
#pragma once

#include "gradus/ops/fold.h"

namespace gradus {

/// Number, mean, and sum of squared deviations from the mean, of some elements.
struct Moments {
  double count, mean, squares;

  /// Takes in other elements. Source: Chan, Golub and LeVeque 1979, eq. 2.1.
  void take(const Moments& more) {
    if (more.count == 0) return;
    const double both = count + more.count;
    const double gap = more.mean - mean;
    mean += gap * (more.count / both);
    squares += more.squares + gap * gap * (count * more.count / both);
    count = both;
  }
};

/// Folds of f32 or f64. Squares are taken of deviations from the mean of a few neighbours, so they
/// are right when the mean is far larger than the deviations.
struct MomentFolds {
  Fold moments;   ///< results are Moments
  Fold variance;  ///< results are squares / max(count - parameter, 0)
};
const MomentFolds& moment_folds(DType dtype);

}  // namespace gradus
