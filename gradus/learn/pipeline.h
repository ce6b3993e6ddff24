#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gradus/learn/estimator.h"

namespace gradus::learn {

/// Transformers one after the other, and an estimator behind them, as one estimator:
///
///     Pipeline model;
///     model.add("scale", StandardScaler{}).add("machine", SupportVectorClassifier{});
///     model.fit(x, y);
///
/// Its options are those of its parts, "machine.penalty".
class Pipeline final : public Estimator {
 public:
  static constexpr const char* kKind = "pipeline";
  struct Step {
    std::string name;
    Owned<Estimator> estimator;
  };

  Pipeline() = default;
  Pipeline(const Pipeline& other);
  Pipeline(Pipeline&&) = default;
  Pipeline& operator=(Pipeline other);

  /// Puts a copy of `estimator` behind the others. Throws Error if the name is empty, taken or has
  /// a dot in it, or if the one before it has no transform().
  Pipeline& add(std::string name, const Estimator& estimator);
  Pipeline& add(std::string name, Owned<Estimator> estimator);
  const std::vector<Step>& steps() const { return steps_; }

  const char* kind() const override { return kKind; }
  Owned<Estimator> clone() const override { return Owned<Estimator>(new Pipeline(*this)); }
  void fields(OptionVisitor& v) override;
  void fitted(FittedVisitor& v) override;
  /// If its last part does, which gets them.
  bool takes_weights() const override;
  void finish_loading() override;
  bool is_classifier() const override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor check_targets(const Tensor& x, const Tensor& y) const override;
  bool takes_missing() const override;
  bool transforms() const override;
  Tensor do_predict(const Tensor& x) const override;
  Tensor do_predict_probabilities(const Tensor& x) const override;
  Tensor do_decision(const Tensor& x) const override;
  Tensor do_transform(const Tensor& x) const override;
  Tensor do_inverse_transform(const Tensor& x) const override;
  double do_score(const Tensor& x, const Tensor& y) const override;

 private:
  const Estimator& last() const;
  /// Through all transformers but the last step.
  Tensor prepared(const Tensor& x) const;

  std::vector<Step> steps_;
};

}  // namespace gradus::learn
