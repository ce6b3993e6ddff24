#include "gradus/learn/estimator.h"

#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/classification_metrics.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/regression_metrics.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/reduce.h"

namespace gradus::learn {
namespace {

/// What an estimator learned, to be given back to it; it visits the same tensors in the same order
/// then. Parts look after themselves.
class Keeping final : public FittedVisitor {
 public:
  void operator()(std::string_view /*name*/, Tensor& tensor, Content /*content*/,
                  std::initializer_list<std::int64_t> /*extents*/) override {
    kept_.push_back(tensor);
  }
  void part(std::string_view /*name*/, Estimator& /*part*/) override {}

  const Tensors& kept() const { return kept_; }

 private:
  Tensors kept_;
};

class GivingBack final : public FittedVisitor {
 public:
  explicit GivingBack(const Tensors& kept) : next_(kept.begin()) {}
  void operator()(std::string_view /*name*/, Tensor& tensor, Content /*content*/,
                  std::initializer_list<std::int64_t> /*extents*/) override {
    tensor = *next_++;
  }
  void part(std::string_view /*name*/, Estimator& /*part*/) override {}

 private:
  Tensors::const_iterator next_;
};

/// Throws Error at a fitted tensor that is not finite.
class RequiringSound final : public FittedVisitor {
 public:
  explicit RequiringSound(const char* kind) : kind_(kind) {}
  void operator()(std::string_view name, Tensor& tensor, Content content,
                  std::initializer_list<std::int64_t> /*extents*/) override {
    if (is_sound(tensor, content)) return;
    throw Error(ErrorCode::numeric, kind_,
                fmt::format("{} would not be finite: the examples or targets are too large", name));
  }
  void part(std::string_view /*name*/, Estimator& /*part*/) override {}

 private:
  const char* kind_;
};

/// Throws Error if all examples of a class have the weight 0.
void require_weight_of_each(const char* kind, const Tensor& codes, const Tensor& weights,
                            const Tensor& classes) {
  const auto places = codes.data<std::int64_t>();
  std::vector<double> sums(static_cast<std::size_t>(classes.size()));
  for (std::size_t i = 0; i < places.size(); ++i) {
    sums[static_cast<std::size_t>(places[i])] += weights.data<double>()[i];
  }
  for (std::size_t c = 0; c < sums.size(); ++c) {
    if (sums[c] > 0) continue;
    throw Error(ErrorCode::invalid_argument, kind,
                fmt::format("all examples of class {} have the weight zero",
                            classes.data<std::int64_t>()[c]));
  }
}

}  // namespace

void Estimator::fit(const Tensor& x, const Tensor& y, const Tensor& weights) {
  if (weights.defined() && !takes_weights()) lacks("weights of examples");
  const Tensor examples =
      checked_examples(kind(), x, takes_missing() ? Missing::allowed : Missing::refused);
  const std::int64_t before = features_;
  Keeping known;
  if (is_fitted()) fitted(known);
  const Tensor targets = check_targets(examples, y);
  learn(examples, targets, checked_weights(kind(), weights, examples.dim(0)));
  features_ = examples.dim(1);
  try {
    RequiringSound sound(kind());
    fitted(sound);
  } catch (...) {
    features_ = before;
    if (is_fitted()) {
      GivingBack back(known.kept());
      fitted(back);
      finish_loading();
    }
    throw;
  }
}

Tensor Estimator::check_targets(const Tensor& /*x*/, const Tensor& /*y*/) const { return {}; }

void Estimator::require_fitted() const {
  if (is_fitted()) return;
  throw Error(ErrorCode::invalid_argument, kind(), "it is not fitted yet");
}

Tensor Estimator::checked(const Tensor& x) const {
  require_fitted();
  const Tensor examples =
      checked_examples(kind(), x, takes_missing() ? Missing::allowed : Missing::refused);
  if (examples.dim(1) != features_) {
    throw Error(ErrorCode::shape, kind(),
                fmt::format("it was fitted to {} features, and the examples have {}", features_,
                            examples.dim(1)),
                {x.shape()});
  }
  return examples;
}

Tensor Estimator::predict(const Tensor& x) const {
  return checked_result(kind(), do_predict(checked(x)));
}
Tensor Estimator::predict_probabilities(const Tensor& x) const {
  return checked_result(kind(), do_predict_probabilities(checked(x)));
}
Tensor Estimator::decision(const Tensor& x) const {
  return checked_result(kind(), do_decision(checked(x)));
}
Tensor Estimator::transform(const Tensor& x) const {
  return checked_result(kind(), do_transform(checked(x)));
}
Tensor Estimator::inverse_transform(const Tensor& x) const {
  require_fitted();
  return checked_result(kind(),
                        do_inverse_transform(checked_examples(kind(), x, Missing::refused)));
}
double Estimator::score(const Tensor& x, const Tensor& y) const {
  const Tensor examples = checked(x);
  return do_score(examples, check_targets(examples, y));
}

void Estimator::lacks(const char* what) const {
  throw Error(ErrorCode::unsupported, kind(), fmt::format("it has no {}", what));
}
Tensor Estimator::do_predict(const Tensor&) const { lacks("predict"); }
Tensor Estimator::do_predict_probabilities(const Tensor&) const { lacks("predict_probabilities"); }
Tensor Estimator::do_decision(const Tensor&) const { lacks("decision"); }
Tensor Estimator::do_transform(const Tensor&) const { lacks("transform"); }
Tensor Estimator::do_inverse_transform(const Tensor&) const { lacks("inverse_transform"); }
double Estimator::do_score(const Tensor&, const Tensor&) const { lacks("score"); }

Tensor Classifier::check_targets(const Tensor& x, const Tensor& y) const {
  return checked_labels(kind(), y, x.dim(0));
}

void Classifier::learn(const Tensor& x, const Tensor& y, const Tensor& weights) {
  const Tensor found = distinct(y);
  if (found.size() < fewest_classes()) {
    throw Error(ErrorCode::invalid_argument, kind(),
                fmt::format("takes {} classes or more, and all examples are of class {}",
                            fewest_classes(), found.data<std::int64_t>()[0]));
  }
  const Tensor before = classes;
  classes = found;
  try {
    const Tensor codes = codes_of(kind(), y, found);
    if (weights.defined()) require_weight_of_each(kind(), codes, weights, found);
    learn_classes(x, codes, weights);
  } catch (...) {
    classes = before;
    throw;
  }
}

void Classifier::visit_classes(FittedVisitor& v) {
  v("classes", classes, Content::i64, {kAnyExtent});
}

void Classifier::finish_loading() {
  const auto known = classes.data<std::int64_t>();
  bool ascending = !known.empty() && classes.size() >= fewest_classes();
  for (std::size_t i = 1; i < known.size(); ++i) ascending = ascending && known[i - 1] < known[i];
  if (!ascending) {
    throw Error(ErrorCode::format, kind(), "the classes are too few or not in ascending order");
  }
}

Tensor Classifier::do_predict(const Tensor& x) const {
  return take(classes, argmax(do_predict_probabilities(x))).eval();
}

double Classifier::do_score(const Tensor& x, const Tensor& y) const {
  return accuracy(do_predict(x), y);
}

Tensor Regressor::check_targets(const Tensor& x, const Tensor& y) const {
  return checked_numbers(kind(), y, x.dim(0));
}

double Regressor::do_score(const Tensor& x, const Tensor& y) const { return r2(do_predict(x), y); }

}  // namespace gradus::learn
