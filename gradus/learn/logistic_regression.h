#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct LogisticRegressionOptions {
  double inverse_penalty = 1;  ///< C: of the loss, beside half the squared coefficients
  bool intercept = true;       ///< it is not penalised
  double tolerance = 1e-6;     ///< of the largest partial derivative, for each example
  std::int64_t max_iterations = 1000;

  void fields(OptionVisitor& v);
};

/// Log-odds that are linear in the features: minimises C times the summed log-loss plus half the
/// squared coefficients, by L-BFGS. Two classes have one row of coefficients, of the second class;
/// more have one each (multinomial).
struct LogisticRegression final : EstimatorOf<LogisticRegression, Classifier> {
  static constexpr const char* kKind = "logistic_regression";
  LogisticRegressionOptions options;
  Tensor coefficients;  ///< f64 (1 or classes, features)
  Tensor intercepts;    ///< f64 (1 or classes)
  Tensor iterations;    ///< i64 ()

  explicit LogisticRegression(const LogisticRegressionOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;

 protected:
  std::int64_t fewest_classes() const override { return 2; }
  void learn_classes(const Tensor& x, const Tensor& codes, const Tensor& weights) override;
  Tensor do_predict_probabilities(const Tensor& x) const override;
  /// Log-odds of the second of two classes, else a score of each class.
  Tensor do_decision(const Tensor& x) const override;

 private:
  std::int64_t rows() const { return class_count() == 2 ? 1 : class_count(); }
};

}  // namespace gradus::learn
