#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The Gaussian distribution of a mean and a standard deviation.
struct Normal final : Distribution {
  Tensor location;  // (batch...)
  Tensor scale;     // (batch...), positive

  Normal(const Tensor& mean, const Tensor& deviation);

  const char* name() const override { return "Normal"; }
  Shape batch_shape() const override;
  DType dtype() const override { return scale.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor cdf(const Tensor& x) const override;
  Tensor survival(const Tensor& x) const override;
  Tensor quantile(const Tensor& p) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  bool has_reparametrised_samples() const override { return true; }
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
};

}  // namespace gradus::stats
