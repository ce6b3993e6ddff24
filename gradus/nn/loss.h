#pragma once

#include <optional>
#include <span>
#include <utility>

#include "gradus/base/function.h"
#include "gradus/core/tensor.h"
#include "gradus/nn/options.h"

// Losses of a prediction against a target. `mean` is over the elements of elementwise losses
// (squared, absolute, Huber, binary) and over the examples of the others (all axes but the
// classes).

namespace gradus::nn {

enum class Reduction { mean, sum, none };
std::span<const char* const> reduction_names();

struct ReductionOptions {
  Reduction reduction = Reduction::mean;
  void fields(OptionVisitor& v);
};

/// (prediction - target)^2. Shapes must be equal.
Tensor mean_squared_error(const Tensor& prediction, const Tensor& target,
                          const ReductionOptions& options);
/// |prediction - target|. Shapes must be equal.
Tensor mean_absolute_error(const Tensor& prediction, const Tensor& target,
                           const ReductionOptions& options);

struct HuberOptions {
  float delta = 1;
  Reduction reduction = Reduction::mean;
  void fields(OptionVisitor& v);
};
/// d^2 / 2 where |d| <= delta, else delta * (|d| - delta / 2), d = prediction - target.
/// Source: Huber 1964.
Tensor huber(const Tensor& prediction, const Tensor& target, const HuberOptions& options);

struct CrossEntropyOptions {
  float label_smoothing = 0;                 ///< share of the target spread over all classes
  std::optional<Tensor> class_weights = {};  ///< (classes)
  int axis = -1;                             ///< of the classes in the logits
  Reduction reduction = Reduction::mean;
  void fields(OptionVisitor& v);
};
/// -sum_k t_k log softmax(logits)_k, in nats. The target is either integer labels, of the logits'
/// shape without the classes, or probabilities, of the logits' shape. Smoothing by s replaces t by
/// (1 - s) t + s / classes (Szegedy et al. 2016, section 7). A class weight multiplies the term of
/// its class, and the mean of labels divides by the sum of the labels' weights.
Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyOptions& options);

struct BinaryCrossEntropyOptions {
  float positive_weight = 1;  ///< multiplies the term of target 1
  Reduction reduction = Reduction::mean;
  void fields(OptionVisitor& v);
};
/// -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), without overflow. Shapes must be equal; the
/// target may be of any type.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options);

struct HingeOptions {
  float margin = 1;
  Reduction reduction = Reduction::mean;
  void fields(OptionVisitor& v);
};
/// max(0, margin - t * x) for targets t of -1 and 1. Shapes must be equal.
/// Source: Cortes and Vapnik 1995.
Tensor hinge(const Tensor& prediction, const Tensor& target, const HingeOptions& options);
/// max(0, margin + max over k != y of x_k - x_y): (..., classes), integer labels (...) -> (...).
/// Source: Crammer and Singer 2001.
Tensor multiclass_hinge(const Tensor& scores, const Tensor& labels, const HingeOptions& options);

/// sum_k p_k (log p_k - log q_k) in nats, with 0 log 0 = 0: of the target probabilities p from
/// predicted log-probabilities log q, both (..., classes) -> (...).
Tensor kl_divergence(const Tensor& log_prediction, const Tensor& target,
                     const ReductionOptions& options);
/// -log q[label]: log-probabilities (..., classes), integer labels (...) -> (...).
Tensor negative_log_likelihood(const Tensor& log_probabilities, const Tensor& labels,
                               const ReductionOptions& options);

// The same with default options; these overloads can be passed as functions of two tensors.
Tensor mean_squared_error(const Tensor& prediction, const Tensor& target);
Tensor mean_absolute_error(const Tensor& prediction, const Tensor& target);
Tensor huber(const Tensor& prediction, const Tensor& target);
Tensor cross_entropy(const Tensor& logits, const Tensor& target);
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target);
Tensor hinge(const Tensor& prediction, const Tensor& target);
Tensor multiclass_hinge(const Tensor& scores, const Tensor& labels);
Tensor kl_divergence(const Tensor& log_prediction, const Tensor& target);
Tensor negative_log_likelihood(const Tensor& log_probabilities, const Tensor& labels);

/// Any loss, chosen at run time: made of a function above, of a lambda, or by name.
class Loss {
 public:
  Loss(Tensor (*function)(const Tensor&, const Tensor&)) : function_(function) {}
  template <class F>
  requires std::is_invocable_r_v<Tensor, const F&, const Tensor&, const Tensor&> Loss(F function)
      : function_(std::move(function)) {}

  Tensor operator()(const Tensor& prediction, const Tensor& target) const {
    return function_(prediction, target);
  }

 private:
  Function<Tensor(const Tensor&, const Tensor&)> function_;
};

}  // namespace gradus::nn
