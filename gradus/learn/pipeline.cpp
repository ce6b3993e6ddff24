#include "gradus/learn/pipeline.h"

#include <algorithm>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::learn {

Pipeline::Pipeline(const Pipeline& other) : Estimator(other) {
  for (const Step& step : other.steps_) steps_.push_back({step.name, step.estimator->clone()});
}

Pipeline& Pipeline::operator=(Pipeline other) {
  Estimator::operator=(other);
  std::swap(steps_, other.steps_);
  return *this;
}

Pipeline& Pipeline::add(std::string name, const Estimator& estimator) {
  return add(std::move(name), estimator.clone());
}

Pipeline& Pipeline::add(std::string name, Owned<Estimator> estimator) {
  const bool taken = std::any_of(steps_.begin(), steps_.end(),
                                 [&](const Step& step) { return step.name == name; });
  if (name.empty() || name.find('.') != std::string::npos || taken) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("'{}' is no name for a part: it is empty, taken or has a dot", name));
  }
  if (!steps_.empty() && !last().has_transform()) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("nothing can follow '{}': a {} has no transform", steps_.back().name,
                            last().kind()));
  }
  steps_.push_back({std::move(name), std::move(estimator)});
  return *this;
}

const Estimator& Pipeline::last() const {
  if (steps_.empty()) throw Error(ErrorCode::invalid_argument, kKind, "it has no parts");
  return *steps_.back().estimator;
}

void Pipeline::fields(OptionVisitor& v) {
  for (Step& step : steps_) v.part(step.name, *step.estimator);
}

void Pipeline::fitted(FittedVisitor& v) {
  for (Step& step : steps_) v.part(step.name, *step.estimator);
}

void Pipeline::finish_loading() {
  if (last().feature_count() > 0 && steps_.front().estimator->feature_count() == feature_count()) {
    return;
  }
  throw Error(ErrorCode::format, kKind, "its parts do not fit together");
}

bool Pipeline::takes_weights() const { return !steps_.empty() && last().takes_weights(); }
bool Pipeline::is_classifier() const { return !steps_.empty() && last().is_classifier(); }

void Pipeline::learn(const Tensor& x, const Tensor& y, const Tensor& weights) {
  last();
  Pipeline fresh(*this);  // so that an Error leaves this one as it was
  Tensor features = x;
  for (Step& step : fresh.steps_) {
    const bool is_last = &step == &fresh.steps_.back();
    step.estimator->fit(features, y, is_last ? weights : Tensor());
    if (!is_last) features = step.estimator->transform(features);
  }
  steps_ = std::move(fresh.steps_);
}

// The parts look at their targets themselves.
Tensor Pipeline::check_targets(const Tensor& /*x*/, const Tensor& y) const { return y; }

bool Pipeline::takes_missing() const { return true; }
bool Pipeline::transforms() const { return !steps_.empty() && last().has_transform(); }

Tensor Pipeline::prepared(const Tensor& x) const {
  Tensor features = x;
  for (const Step& step : steps_) {
    if (&step != &steps_.back()) features = step.estimator->transform(features);
  }
  return features;
}

Tensor Pipeline::do_predict(const Tensor& x) const { return last().predict(prepared(x)); }
Tensor Pipeline::do_predict_probabilities(const Tensor& x) const {
  return last().predict_probabilities(prepared(x));
}
Tensor Pipeline::do_decision(const Tensor& x) const { return last().decision(prepared(x)); }
Tensor Pipeline::do_transform(const Tensor& x) const { return last().transform(prepared(x)); }

Tensor Pipeline::do_inverse_transform(const Tensor& x) const {
  Tensor features = x;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    features = step->estimator->inverse_transform(features);
  }
  return features;
}

double Pipeline::do_score(const Tensor& x, const Tensor& y) const {
  return last().score(prepared(x), y);
}

}  // namespace gradus::learn
