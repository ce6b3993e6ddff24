#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The number of successes among independent trials. Its entropy is a sum over the support, for
/// which it reads the number of trials.
struct Binomial final : Distribution {
  Tensor trials;       // (batch...), integers of at least 0
  Tensor probability;  // (batch...)

  Binomial(const Tensor& trials, const Tensor& probability);

  const char* name() const override { return "Binomial"; }
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
