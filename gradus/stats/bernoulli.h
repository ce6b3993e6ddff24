#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// 1 with a probability, else 0. Samples are of the type of the probability.
struct Bernoulli final : Distribution {
  Tensor probability;  // (batch...)

  explicit Bernoulli(const Tensor& probability);

  const char* name() const override { return "Bernoulli"; }
  Shape batch_shape() const override;
  DType dtype() const override { return probability.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor cdf(const Tensor& x) const override;
  Tensor quantile(const Tensor& p) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
};

}  // namespace gradus::stats
