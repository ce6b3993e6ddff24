#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The number of failures before a number of successes (any positive real one): a Poisson count
/// whose rate is of a gamma distribution.
struct NegativeBinomial final : Distribution {
  Tensor successes;    // (batch...), positive
  Tensor probability;  // (batch...), of success, above 0

  NegativeBinomial(const Tensor& successes, const Tensor& probability);

  const char* name() const override { return "NegativeBinomial"; }
  Shape batch_shape() const override;
  DType dtype() const override { return probability.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor cdf(const Tensor& x) const override;
  Tensor survival(const Tensor& x) const override;
  Tensor quantile(const Tensor& p) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  /// A sum over the support, for which it reads the parameters.
  Tensor entropy() const override;
};

}  // namespace gradus::stats
