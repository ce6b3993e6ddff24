#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The beta distribution: density proportional to x^(a - 1) (1 - x)^(b - 1) on (0, 1).
struct Beta final : Distribution {
  Tensor a;  // (batch...), positive
  Tensor b;  // (batch...), positive

  Beta(const Tensor& a, const Tensor& b);

  const char* name() const override { return "Beta"; }
  Shape batch_shape() const override;
  DType dtype() const override { return a.dtype(); }
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
