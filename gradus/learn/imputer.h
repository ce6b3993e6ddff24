#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct ImputerOptions {
  enum class Strategy { mean, median, most_frequent, constant };
  Strategy strategy = Strategy::mean;
  double value = 0;  ///< of Strategy::constant

  void fields(OptionVisitor& v);
};

/// Puts a value of each feature where an example has NaN.
struct Imputer final : EstimatorOf<Imputer, Transformer> {
  static constexpr const char* kKind = "imputer";
  ImputerOptions options;
  Tensor values;  ///< f64 (features)

  explicit Imputer(const ImputerOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;

 protected:
  bool takes_missing() const override { return true; }
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_transform(const Tensor& x) const override;
};

}  // namespace gradus::learn
