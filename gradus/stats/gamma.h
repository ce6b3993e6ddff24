#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The gamma distribution: density proportional to x^(shape - 1) exp(-rate x).
struct Gamma final : Distribution {
  Tensor shape;  // (batch...), positive
  Tensor rate;   // (batch...), positive

  Gamma(const Tensor& shape, const Tensor& rate);

  const char* name() const override { return "Gamma"; }
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
