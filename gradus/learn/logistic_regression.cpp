#include "gradus/learn/logistic_regression.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/optimize/minimize.h"

namespace gradus::learn {
namespace {

/// Coefficients, and the intercepts in a last column: (rows, features + 1).
struct Weights {
  Tensor coefficients, intercepts;
};
Weights parted(const Tensor& point, std::int64_t features) {
  return {slice(point, 1, {.start = 0, .stop = features}),
          reshape(slice(point, 1, {.start = features}), {-1})};
}

/// The mean log-loss and half the squared coefficients over C times the weight of all examples, and
/// its gradient. A mean has one scale whatever the number of examples.
class Objective {
 public:
  Objective(const Tensor& x, const Tensor& codes, std::int64_t classes, const Tensor& weights,
            const LogisticRegressionOptions& options)
      : x_(x),
        actual_(classes == 2 ? expand_dims(cast(codes, DType::f64), 1)
                             : one_hot(codes, classes, DType::f64)),
        binary_(classes == 2),
        intercept_(options.intercept),
        shares_(expand_dims(shares_of(weights, x.dim(0)), 1)),
        decay_(1 / (total_weight(weights, x.dim(0)) * options.inverse_penalty)) {
    eval({actual_, shares_});
  }

  ValueAndGrad operator()(const Tensor& point) const {
    const auto [coefficients, intercepts] = parted(point, x_.dim(1));
    const Tensor scores = linear(x_, coefficients, intercepts);  // (examples, rows)
    const Tensor shares = binary_ ? sigmoid(scores) : softmax(scores);
    const ReduceOptions along{.axes = {1}, .keep_axes = true};
    const Tensor together = binary_ ? softplus(scores) : log_sum_exp(scores, along);
    const Tensor chosen = sum(scores * actual_, along);
    const Tensor errors = (shares - actual_) * shares_;
    const Tensor slopes = matmul(transpose(errors), x_) + coefficients * decay_;
    const Tensor offsets = sum(errors, {.axes = {0}}) * (intercept_ ? 1.0 : 0.0);
    const Tensor gradient = concatenate({slopes, expand_dims(offsets, 1)}, 1);
    const Tensor value =
        sum((together - chosen) * shares_) + sum(square(coefficients)) * (decay_ / 2);
    eval({value, gradient});
    return {value, {gradient}};
  }

 private:
  Tensor x_, actual_;
  bool binary_, intercept_;
  Tensor shares_;  // (examples, 1): of the weight of all
  double decay_;
};

void check_options(const LogisticRegressionOptions& options) {
  if (options.inverse_penalty > 0 && std::isfinite(options.inverse_penalty) &&
      options.tolerance > 0 && options.max_iterations >= 1) {
    return;
  }
  throw Error(ErrorCode::invalid_argument, LogisticRegression::kKind,
              "inverse_penalty and tolerance must be above 0, max_iterations 1 or more");
}

}  // namespace

void LogisticRegressionOptions::fields(OptionVisitor& v) {
  v("inverse_penalty", inverse_penalty);
  v("intercept", intercept);
  v("tolerance", tolerance);
  v("max_iterations", max_iterations);
}

void LogisticRegression::fitted(FittedVisitor& v) {
  visit_classes(v);
  v("coefficients", coefficients, Content::f64, {rows(), feature_count()});
  v("intercepts", intercepts, Content::f64, {rows()});
  v("iterations", iterations, Content::i64, {});
}

void LogisticRegression::learn_classes(const Tensor& x, const Tensor& codes,
                                       const Tensor& weights) {
  check_options(options);
  const Tensor wide = cast(x, DType::f64).eval();
  const Objective objective(wide, codes, class_count(), weights, options);
  const optimize::Minimum minimum = optimize::minimize(
      [&](const Tensors& points) { return objective(points[0]); },
      {zeros({rows(), x.dim(1) + 1}, DType::f64)},
      {.gradient_tolerance = options.tolerance, .iterations = options.max_iterations});
  if (minimum.reason == optimize::StopReason::iterations ||
      minimum.reason == optimize::StopReason::diverged) {
    throw Error(ErrorCode::numeric, kKind,
                fmt::format("{}; features of one scale need fewer iterations", minimum.report));
  }
  const auto [found, offsets] = parted(minimum.x(), x.dim(1));
  eval({found, offsets});
  coefficients = Tensor::from(found.to_vector<double>(), found.shape());
  intercepts = Tensor::from(offsets.to_vector<double>());
  iterations = Tensor(minimum.iterations);
}

Tensor LogisticRegression::do_decision(const Tensor& x) const {
  const Tensor scores = linear(cast(x, DType::f64), coefficients, intercepts);
  return cast(class_count() == 2 ? reshape(scores, {-1}) : scores, x.dtype()).eval();
}

Tensor LogisticRegression::do_predict_probabilities(const Tensor& x) const {
  const Tensor scores = linear(cast(x, DType::f64), coefficients, intercepts);
  const Tensor shares =
      class_count() == 2 ? concatenate({sigmoid(-scores), sigmoid(scores)}, 1) : softmax(scores);
  return cast(shares, x.dtype()).eval();
}

}  // namespace gradus::learn
