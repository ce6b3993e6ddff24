#pragma once

#include "gradus/base/function.h"
#include "gradus/ops/random.h"

namespace gradus::stats {

/// A way to learn: fits the inputs (n, ...) and targets (n) it is given and predicts at others
/// (m, ...) -> (m).
using Learner = Function<Tensor(const Tensor& inputs, const Tensor& targets, const Tensor& at)>;

/// The expected squared error of a learner over training sets, in its parts. f64.
struct BiasVariance {
  double squared_bias = 0;     ///< mean over the points of (E[prediction] - target)^2, less noise
  double variance = 0;         ///< mean over the points of Var[prediction]
  double noise = 0;            ///< the variance of the targets about their expectation, if known
  double error = 0;            ///< the measured error: the sum of the three, up to sampling
  Tensor mean_prediction;      ///< (m)
  Tensor prediction_variance;  ///< (m)
};

/// Draws a training set for a key: inputs and targets.
struct TrainingSet {
  Tensor inputs, targets;
};
using TrainingSetSource = Function<TrainingSet(const Key&)>;

/// By simulation: trains on `repetitions` sets drawn from `source` and compares with the true
/// expectations `truth` (m) at the points `at`, whose targets vary by `noise`.
BiasVariance bias_variance(const Learner& learner, const TrainingSetSource& source,
                           const Tensor& at, const Tensor& truth, double noise, const Key& key,
                           std::int64_t repetitions = 100);

/// By the bootstrap: trains on sets drawn with replacement from one set, and compares with the
/// targets of a test set, whose noise is a part of the squared bias.
BiasVariance bias_variance_by_bootstrap(const Learner& learner, const Tensor& inputs,
                                        const Tensor& targets, const Tensor& test_inputs,
                                        const Tensor& test_targets, const Key& key,
                                        std::int64_t repetitions = 100);

}  // namespace gradus::stats
