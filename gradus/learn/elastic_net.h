#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct ElasticNetOptions {
  double penalty = 1;   ///< of all coefficients
  double l1_share = 1;  ///< of the penalty: 1 is the lasso, 0 ridge
  bool intercept = true;
  double tolerance = 1e-9;  ///< of the duality gap, relative to the squares of the targets
  std::int64_t max_iterations = 10'000;

  void fields(OptionVisitor& v);
};

/// Least squares with coefficients that are drawn to 0, many of them exactly: minimises
/// |y - x w|^2 / (2 examples) + penalty (l1_share |w|_1 + (1 - l1_share) |w|^2 / 2), one
/// coefficient after the other (Friedman, Hastie and Tibshirani 2010), until the duality gap shows
/// that nothing is left to gain. As it stands it is the lasso (Tibshirani 1996).
struct ElasticNet final : EstimatorOf<ElasticNet, Regressor> {
  static constexpr const char* kKind = "elastic_net";
  ElasticNetOptions options;
  Tensor coefficients;  ///< f64 (features)
  Tensor intercept;     ///< f64 ()
  Tensor iterations;    ///< i64 ()

  explicit ElasticNet(const ElasticNetOptions& chosen = {}) : options(chosen) {}
  bool takes_weights() const override { return true; }
  void fitted(FittedVisitor& v) override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_predict(const Tensor& x) const override;
};

}  // namespace gradus::learn
