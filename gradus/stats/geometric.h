#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The number of independent trials up to and with the first success: 1, 2, ... (as in SciPy and
/// NumPy; others count the failures before it).
struct Geometric final : Distribution {
  Tensor probability;  // (batch...), above 0

  explicit Geometric(const Tensor& probability);

  const char* name() const override { return "Geometric"; }
  Shape batch_shape() const override;
  DType dtype() const override { return probability.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor cdf(const Tensor& x) const override;
  Tensor survival(const Tensor& x) const override;
  Tensor quantile(const Tensor& p) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
};

}  // namespace gradus::stats
