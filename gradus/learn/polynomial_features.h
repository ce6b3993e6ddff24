#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct PolynomialFeaturesOptions {
  std::int64_t degree = 2;
  bool interaction_only = false;  ///< no feature twice in a product
  bool bias = true;               ///< the product of none, 1

  void fields(OptionVisitor& v);
};

/// All products of up to `degree` features: 1, a, b, a^2, ab, b^2.
struct PolynomialFeatures final : EstimatorOf<PolynomialFeatures, Transformer> {
  static constexpr const char* kKind = "polynomial_features";
  PolynomialFeaturesOptions options;
  Tensor powers;  ///< i64 (products, features): how often each feature stands in each product

  explicit PolynomialFeatures(const PolynomialFeaturesOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_transform(const Tensor& x) const override;
};

}  // namespace gradus::learn
