#include "gradus/stats/bias_variance.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::stats {
namespace {

constexpr const char* kDecomposition = "bias_variance";

Tensor prediction_of(const Learner& learner, const TrainingSet& set, const Tensor& at,
                     const Tensor& truth) {
  const Tensor prediction = learner(set.inputs, set.targets, at);
  if (!prediction.defined() || !(prediction.shape() == truth.shape())) {
    throw Error(ErrorCode::shape, kDecomposition,
                fmt::format("the learner predicted {} for {} targets", prediction.signature(),
                            truth.size()),
                {prediction.shape(), truth.shape()});
  }
  return cast(prediction, DType::f64).eval();
}

}  // namespace

BiasVariance bias_variance(const Learner& learner, const TrainingSetSource& source,
                           const Tensor& at, const Tensor& truth, double noise, const Key& key,
                           std::int64_t repetitions) {
  if (repetitions < 2 || !(noise >= 0) || !truth.defined() || truth.rank() != 1 ||
      truth.size() == 0) {
    throw Error(ErrorCode::invalid_argument, kDecomposition,
                fmt::format("takes at least two repetitions (not {}), noise of at least 0 (not {}) "
                            "and true values (m) (not {})",
                            repetitions, noise, truth.signature()));
  }
  Tensors predictions;
  for (std::int64_t i = 0; i < repetitions; ++i) {
    const TrainingSet set = source(key.fold_in(static_cast<std::uint64_t>(i)));
    predictions.push_back(prediction_of(learner, set, at, truth));
  }
  const Tensor all = stack(predictions);
  const Tensor target = cast(truth, DType::f64);
  BiasVariance parts;
  parts.mean_prediction = mean(all, {.axes = {0}});
  parts.prediction_variance = var(all, {.axes = {0}, .correction = 0});
  parts.squared_bias = mean(square(parts.mean_prediction - target)).item<double>();
  parts.variance = mean(parts.prediction_variance).item<double>();
  parts.noise = noise;
  parts.error = mean(square(all - target)).item<double>() + noise;
  return parts;
}

BiasVariance bias_variance_by_bootstrap(const Learner& learner, const Tensor& inputs,
                                        const Tensor& targets, const Tensor& test_inputs,
                                        const Tensor& test_targets, const Key& key,
                                        std::int64_t repetitions) {
  if (!inputs.defined() || !targets.defined() || inputs.rank() == 0 || targets.rank() == 0 ||
      inputs.dim(0) != targets.dim(0) || inputs.dim(0) == 0) {
    throw Error(ErrorCode::shape, kDecomposition,
                fmt::format("inputs {} and targets {} are no examples", inputs.signature(),
                            targets.signature()),
                {inputs.shape(), targets.shape()});
  }
  const std::int64_t n = inputs.dim(0);
  const TrainingSetSource source = [&](const Key& own) {
    const Tensor rows = random_integer(own, {n}, 0, n).eval();
    return TrainingSet{take(inputs, rows), take(targets, rows)};
  };
  return bias_variance(learner, source, test_inputs, test_targets, 0, key, repetitions);
}

}  // namespace gradus::stats
