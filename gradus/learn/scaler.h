#pragma once

#include "gradus/learn/estimator.h"

namespace gradus::learn {

struct StandardScalerOptions {
  bool center = true;  ///< mean 0
  bool scale = true;   ///< deviation 1, divided by n

  void fields(OptionVisitor& v);
};

/// (x - mean) / deviation of each feature. A constant feature is not divided.
struct StandardScaler final : EstimatorOf<StandardScaler, Transformer> {
  static constexpr const char* kKind = "standard_scaler";
  StandardScalerOptions options;
  Tensor mean;       ///< f64 (features)
  Tensor deviation;  ///< f64 (features), divided by n; 1 of a constant feature

  explicit StandardScaler(const StandardScalerOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_transform(const Tensor& x) const override;
  Tensor do_inverse_transform(const Tensor& x) const override;
};

struct MinMaxScalerOptions {
  double low = 0;
  double high = 1;

  void fields(OptionVisitor& v);
};

/// Moves the range of each feature to [low, high]. A constant feature becomes `low`.
struct MinMaxScaler final : EstimatorOf<MinMaxScaler, Transformer> {
  static constexpr const char* kKind = "min_max_scaler";
  MinMaxScalerOptions options;
  Tensor minimum;  ///< f64 (features)
  Tensor range;    ///< f64 (features); 1 of a constant feature

  explicit MinMaxScaler(const MinMaxScalerOptions& chosen = {}) : options(chosen) {}
  void fitted(FittedVisitor& v) override;
  void finish_loading() override;

 protected:
  void learn(const Tensor& x, const Tensor& y, const Tensor& weights) override;
  Tensor do_transform(const Tensor& x) const override;
  Tensor do_inverse_transform(const Tensor& x) const override;
};

}  // namespace gradus::learn
