#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The exponential distribution: waiting times at a constant rate.
struct Exponential final : Distribution {
  Tensor rate;  // (batch...), positive

  explicit Exponential(const Tensor& rate);

  const char* name() const override { return "Exponential"; }
  Shape batch_shape() const override;
  DType dtype() const override { return rate.dtype(); }
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
