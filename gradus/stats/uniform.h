#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The uniform distribution between two bounds.
struct Uniform final : Distribution {
  Tensor low;   // (batch...)
  Tensor high;  // (batch...), above low

  Uniform(const Tensor& low, const Tensor& high);

  const char* name() const override { return "Uniform"; }
  Shape batch_shape() const override;
  DType dtype() const override { return low.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor cdf(const Tensor& x) const override;
  Tensor quantile(const Tensor& p) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  bool has_reparametrised_samples() const override { return true; }
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
};

}  // namespace gradus::stats
