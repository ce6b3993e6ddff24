#include "gradus/nn/loss.h"

#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"

namespace gradus::nn {
namespace {

Tensor reduce(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return mean(losses);
    case Reduction::sum:
      return sum(losses);
    case Reduction::none:
      break;
  }
  return losses;
}

/// Broadcasting (n) against (n, 1) would average n^2 differences: a silent mistake.
void require_equal_shapes(const char* loss, const Tensor& prediction, const Tensor& target) {
  if (prediction.shape() == target.shape()) return;
  throw Error(ErrorCode::shape, loss,
              fmt::format("the prediction has shape {}, the target {}",
                          prediction.shape().to_string(), target.shape().to_string()),
              {prediction.shape(), target.shape()});
}

void require_labels(const char* loss, const Tensor& scores, const Tensor& labels) {
  const Dims& dims = scores.shape().dims();
  const bool fits = scores.rank() > 0 && labels.rank() == scores.rank() - 1 &&
                    Dims(dims.begin(), dims.end() - 1) == labels.shape().dims();
  if (!fits) {
    throw Error(ErrorCode::shape, loss,
                fmt::format("the scores have shape {}, the labels {}; labels have the shape of the "
                            "scores without the classes",
                            scores.shape().to_string(), labels.shape().to_string()),
                {scores.shape(), labels.shape()});
  }
  if (!is_integer(labels.dtype())) {
    throw Error(ErrorCode::dtype, loss,
                fmt::format("labels must be integers, not {}", labels.signature()));
  }
}

/// Each row's element at its label: (..., classes), (...) -> (...).
Tensor at_labels(const Tensor& rows, const Tensor& labels) {
  return squeeze(take_along_axis(rows, expand_dims(labels, -1), -1), {-1});
}

/// `x` with `axis` moved to the end.
Tensor with_axis_last(const Tensor& x, int axis) {
  const int last = x.rank() - 1;
  const int from = normalize_axis("cross_entropy", axis, x.shape());
  if (from == last) return x;
  Dims order;
  for (int i = 0; i <= last; ++i) {
    if (i != from) order.push_back(i);
  }
  order.push_back(from);
  return transpose(x, order);
}

void check_cross_entropy(const Tensor& logits, const CrossEntropyOptions& options) {
  if (logits.rank() == 0) {
    throw Error(ErrorCode::shape, "cross_entropy", "the logits are 0-d and have no classes",
                {logits.shape()});
  }
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1)) {
    throw Error(ErrorCode::invalid_argument, "cross_entropy",
                fmt::format("label_smoothing must be in [0, 1], not {}", options.label_smoothing));
  }
  const std::int64_t classes = logits.shape().back();
  if (options.class_weights && options.class_weights->shape() != Shape{classes}) {
    throw Error(ErrorCode::shape, "cross_entropy",
                fmt::format("class_weights have shape {}, but there are {} classes",
                            options.class_weights->shape().to_string(), classes),
                {options.class_weights->shape(), logits.shape()});
  }
}

/// Against probabilities t of the logits' shape.
Tensor against_probabilities(const Tensor& logits, const Tensor& target,
                             const CrossEntropyOptions& options) {
  require_equal_shapes("cross_entropy", logits, target);
  if (!is_floating(target.dtype())) {
    throw Error(ErrorCode::dtype, "cross_entropy",
                fmt::format("a target of the logits' shape holds probabilities and must be "
                            "floating, not {}",
                            target.signature()));
  }
  const double smoothing = options.label_smoothing;
  const auto classes = static_cast<double>(logits.shape().back());
  Tensor share = smoothing == 0 ? target : target * (1 - smoothing) + smoothing / classes;
  if (options.class_weights) share = share * *options.class_weights;
  return reduce(-sum(share * log_softmax(logits), {.axes = {-1}}), options.reduction);
}

/// Against labels, with smoothing or weights; without them one fused pass does it.
Tensor against_labels(const Tensor& logits, const Tensor& labels,
                      const CrossEntropyOptions& options) {
  require_labels("cross_entropy", logits, labels);
  const double smoothing = options.label_smoothing;
  if (smoothing == 0 && !options.class_weights) {
    return reduce(softmax_cross_entropy(logits, labels), options.reduction);
  }
  const Tensor log_probabilities = log_softmax(logits);
  Tensor of_label = at_labels(log_probabilities, labels);
  Tensor of_all = log_probabilities;
  Tensor weights;
  if (options.class_weights) {
    weights = take(*options.class_weights, labels);
    of_label = of_label * weights;
    of_all = of_all * *options.class_weights;
  }
  const auto classes = static_cast<double>(logits.shape().back());
  const Tensor losses =
      of_label * -(1 - smoothing) - sum(of_all, {.axes = {-1}}) * (smoothing / classes);
  if (weights.defined() && options.reduction == Reduction::mean) return sum(losses) / sum(weights);
  return reduce(losses, options.reduction);
}

}  // namespace

std::span<const char* const> reduction_names() {
  static constexpr const char* kNames[] = {"mean", "sum", "none"};
  return kNames;
}

void ReductionOptions::fields(OptionVisitor& v) { v("reduction", reduction, reduction_names()); }
void HuberOptions::fields(OptionVisitor& v) {
  v("delta", delta);
  v("reduction", reduction, reduction_names());
}
void CrossEntropyOptions::fields(OptionVisitor& v) {
  v("label_smoothing", label_smoothing);
  v("reduction", reduction, reduction_names());
}
void BinaryCrossEntropyOptions::fields(OptionVisitor& v) {
  v("positive_weight", positive_weight);
  v("reduction", reduction, reduction_names());
}
void HingeOptions::fields(OptionVisitor& v) {
  v("margin", margin);
  v("reduction", reduction, reduction_names());
}

Tensor mean_squared_error(const Tensor& prediction, const Tensor& target,
                          const ReductionOptions& options) {
  require_equal_shapes("mean_squared_error", prediction, target);
  return reduce(square(prediction - target), options.reduction);
}

Tensor mean_absolute_error(const Tensor& prediction, const Tensor& target,
                           const ReductionOptions& options) {
  require_equal_shapes("mean_absolute_error", prediction, target);
  return reduce(absolute(prediction - target), options.reduction);
}

Tensor huber(const Tensor& prediction, const Tensor& target, const HuberOptions& options) {
  require_equal_shapes("huber", prediction, target);
  if (!(options.delta > 0)) {
    throw Error(ErrorCode::invalid_argument, "huber",
                fmt::format("delta must be positive, not {}", options.delta));
  }
  // c (|d| - c / 2) with c = min(|d|, delta) is both branches, and its slope has no jump.
  const Tensor distance = absolute(prediction - target);
  const Tensor capped = minimum(distance, number_like(options.delta, distance));
  return reduce(capped * (distance - capped * 0.5), options.reduction);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options) {
  if (logits.rank() == 0) check_cross_entropy(logits, options);
  const Tensor rows = with_axis_last(logits, options.axis);
  check_cross_entropy(rows, options);
  if (target.rank() == logits.rank()) {
    return against_probabilities(rows, with_axis_last(target, options.axis), options);
  }
  return against_labels(rows, target, options);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options) {
  require_equal_shapes("binary_cross_entropy_with_logits", logits, target);
  const Tensor truth = is_floating(target.dtype()) ? target : cast(target, logits.dtype());
  // Two softplus: neither overflows, and the slope at 0 is right, where |x| has none.
  const Tensor positive = truth * softplus(-logits);
  const Tensor weighted =
      options.positive_weight == 1 ? positive : positive * options.positive_weight;
  return reduce(weighted + (1 - truth) * softplus(logits), options.reduction);
}

Tensor hinge(const Tensor& prediction, const Tensor& target, const HingeOptions& options) {
  require_equal_shapes("hinge", prediction, target);
  return reduce(relu(options.margin - prediction * target), options.reduction);
}

Tensor multiclass_hinge(const Tensor& scores, const Tensor& labels, const HingeOptions& options) {
  require_labels("multiclass_hinge", scores, labels);
  const Tensor is_label = one_hot(labels, scores.shape().back(), DType::boolean);
  const Tensor nothing = Tensor::scalar(-std::numeric_limits<double>::infinity(), scores.dtype());
  const Tensor best_other = max(where(is_label, nothing, scores), {.axes = {-1}});
  const Tensor of_label = at_labels(scores, labels);
  return reduce(relu(best_other - of_label + options.margin), options.reduction);
}

Tensor kl_divergence(const Tensor& log_prediction, const Tensor& target,
                     const ReductionOptions& options) {
  require_equal_shapes("kl_divergence", log_prediction, target);
  // The logarithm of 1 stands in where p is 0, so that neither value nor derivative is NaN.
  const Tensor is_positive = greater(target, number_like(0, target));
  const Tensor log_target = log(where(is_positive, target, ones_like(target)));
  const Tensor terms = target * (log_target - log_prediction);
  const Tensor kept = where(is_positive, terms, zeros_like(terms));
  return reduce(sum(kept, {.axes = {-1}}), options.reduction);
}

Tensor negative_log_likelihood(const Tensor& log_probabilities, const Tensor& labels,
                               const ReductionOptions& options) {
  require_labels("negative_log_likelihood", log_probabilities, labels);
  return reduce(-at_labels(log_probabilities, labels), options.reduction);
}

Tensor mean_squared_error(const Tensor& prediction, const Tensor& target) {
  return mean_squared_error(prediction, target, ReductionOptions{});
}
Tensor mean_absolute_error(const Tensor& prediction, const Tensor& target) {
  return mean_absolute_error(prediction, target, ReductionOptions{});
}
Tensor huber(const Tensor& prediction, const Tensor& target) {
  return huber(prediction, target, HuberOptions{});
}
Tensor cross_entropy(const Tensor& logits, const Tensor& target) {
  return cross_entropy(logits, target, CrossEntropyOptions{});
}
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target) {
  return binary_cross_entropy_with_logits(logits, target, BinaryCrossEntropyOptions{});
}
Tensor hinge(const Tensor& prediction, const Tensor& target) {
  return hinge(prediction, target, HingeOptions{});
}
Tensor multiclass_hinge(const Tensor& scores, const Tensor& labels) {
  return multiclass_hinge(scores, labels, HingeOptions{});
}
Tensor kl_divergence(const Tensor& log_prediction, const Tensor& target) {
  return kl_divergence(log_prediction, target, ReductionOptions{});
}
Tensor negative_log_likelihood(const Tensor& log_probabilities, const Tensor& labels) {
  return negative_log_likelihood(log_probabilities, labels, ReductionOptions{});
}

}  // namespace gradus::nn
