#include "gradus/learn/naive_bayes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/transcendental.h"

namespace gradus::learn {
namespace {

void check_smoothing(const char* kind, const char* option, double value) {
  if (value > 0 && std::isfinite(value)) return;
  throw Error(ErrorCode::invalid_argument, kind,
              fmt::format("{} must be above 0, not {}", option, value));
}

/// The weight of an example where it is of a class. f64 (classes, examples)
Tensor members_of(const Tensor& codes, std::int64_t classes, const Tensor& weights) {
  const Tensor members = transpose(one_hot(codes, classes, DType::f64));
  return weights.defined() ? members * weights : members;
}

Tensor log_shares(const Tensor& members) {
  const Tensor counts = sum(members, {.axes = {1}});
  return Tensor(log(counts / sum(counts)).eval());
}

Tensor column_of(const Tensor& vector) { return expand_dims(vector, 1); }

}  // namespace

void NaiveBayes::visit_prior(FittedVisitor& v) {
  visit_classes(v);
  v("class_log_prior", class_log_prior, Content::f64, {class_count()});
}

Tensor NaiveBayes::do_predict_probabilities(const Tensor& x) const {
  return cast(softmax(joint_log_likelihood(x)), x.dtype()).eval();
}

Tensor NaiveBayes::do_predict(const Tensor& x) const {
  return take(classes, argmax(joint_log_likelihood(x))).eval();
}

void GaussianNaiveBayesOptions::fields(OptionVisitor& v) {
  v("variance_smoothing", variance_smoothing);
}

void GaussianNaiveBayes::fitted(FittedVisitor& v) {
  visit_prior(v);
  v("means", means, Content::f64, {class_count(), feature_count()});
  v("variances", variances, Content::f64, {class_count(), feature_count()});
}

void GaussianNaiveBayes::finish_loading() {
  NaiveBayes::finish_loading();
  const auto values = variances.data<double>();
  if (!std::all_of(values.begin(), values.end(), [](double value) { return value > 0; })) {
    throw Error(ErrorCode::format, kKind, "variances must be above 0");
  }
}

void GaussianNaiveBayes::learn_classes(const Tensor& x, const Tensor& codes,
                                       const Tensor& weights) {
  check_smoothing(kKind, "variance_smoothing", options.variance_smoothing);
  const Tensor wide = cast(x, DType::f64);
  const Tensor members = members_of(codes, class_count(), weights);
  const Tensor counts = column_of(sum(members, {.axes = {1}}));
  const Tensor found = (matmul(members, wide) / counts).eval();
  const Tensor errors = square(wide - take(found, codes));
  const double extra =
      options.variance_smoothing * max(var(wide, {.axes = {0}, .correction = 0})).item<double>();
  if (!std::isfinite(extra)) {
    throw Error(ErrorCode::numeric, kKind, "variances overflow: the examples are too large");
  }
  if (!(extra > 0)) throw Error(ErrorCode::numeric, kKind, "all features are constant");
  const Tensor spread = (matmul(members, errors) / counts + extra).eval();
  class_log_prior = log_shares(members);
  means = found;
  variances = spread;
}

Tensor GaussianNaiveBayes::joint_log_likelihood(const Tensor& x) const {
  const Tensor wide = cast(x, DType::f64);
  const Tensor constants = sum(log(variances * (2 * std::numbers::pi)), {.axes = {1}});
  Tensors columns;
  for (std::int64_t c = 0; c < class_count(); ++c) {
    const Tensor errors = square(wide - select(means, 0, c)) / select(variances, 0, c);
    columns.push_back(sum(errors, {.axes = {1}}));
  }
  return class_log_prior - (constants + stack(columns, 1)) * 0.5;
}

void MultinomialNaiveBayesOptions::fields(OptionVisitor& v) { v("smoothing", smoothing); }

void MultinomialNaiveBayes::fitted(FittedVisitor& v) {
  visit_prior(v);
  v("feature_log_probabilities", feature_log_probabilities, Content::f64,
    {class_count(), feature_count()});
}

void MultinomialNaiveBayes::learn_classes(const Tensor& x, const Tensor& codes,
                                          const Tensor& weights) {
  check_smoothing(kKind, "smoothing", options.smoothing);
  if (min(x).item<double>() < 0) {
    throw Error(ErrorCode::invalid_argument, kKind, "features are counts, and one is negative");
  }
  const Tensor members = members_of(codes, class_count(), weights);
  const Tensor counts = matmul(members, cast(x, DType::f64)) + options.smoothing;
  const Tensor shares = log(counts) - log(sum(counts, {.axes = {1}, .keep_axes = true}));
  feature_log_probabilities = Tensor(shares.eval());
  class_log_prior = log_shares(members);
}

Tensor MultinomialNaiveBayes::joint_log_likelihood(const Tensor& x) const {
  return matmul(cast(x, DType::f64), transpose(feature_log_probabilities)) + class_log_prior;
}

void BernoulliNaiveBayesOptions::fields(OptionVisitor& v) {
  v("smoothing", smoothing);
  v("threshold", threshold);
}

void BernoulliNaiveBayes::fitted(FittedVisitor& v) {
  visit_prior(v);
  v("feature_log_probabilities", feature_log_probabilities, Content::f64,
    {class_count(), feature_count()});
}

void BernoulliNaiveBayes::finish_loading() {
  NaiveBayes::finish_loading();
  const auto values = feature_log_probabilities.data<double>();
  if (!std::all_of(values.begin(), values.end(), [](double value) { return value < 0; })) {
    throw Error(ErrorCode::format, kKind, "logarithms of probabilities must be below 0");
  }
}

void BernoulliNaiveBayes::learn_classes(const Tensor& x, const Tensor& codes,
                                        const Tensor& weights) {
  check_smoothing(kKind, "smoothing", options.smoothing);
  const Tensor members = members_of(codes, class_count(), weights);
  const Tensor there = cast(greater(x, number_like(options.threshold, x)), DType::f64);
  const Tensor counts = matmul(members, there) + options.smoothing;
  const Tensor all = column_of(sum(members, {.axes = {1}})) + 2 * options.smoothing;
  feature_log_probabilities = Tensor((log(counts) - log(all)).eval());
  class_log_prior = log_shares(members);
}

Tensor BernoulliNaiveBayes::joint_log_likelihood(const Tensor& x) const {
  const Tensor there = cast(greater(x, number_like(options.threshold, x)), DType::f64);
  const Tensor absent = log1p(-exp(feature_log_probabilities));
  return matmul(there, transpose(feature_log_probabilities - absent)) + sum(absent, {.axes = {1}}) +
         class_log_prior;
}

}  // namespace gradus::learn
