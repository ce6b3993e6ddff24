#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The number of successes among trials whose probability is of a beta distribution.
struct BetaBinomial final : Distribution {
  Tensor trials;  // (batch...), integers of at least 0
  Tensor a;       // (batch...), positive
  Tensor b;       // (batch...), positive

  BetaBinomial(const Tensor& trials, const Tensor& a, const Tensor& b);

  const char* name() const override { return "BetaBinomial"; }
  Shape batch_shape() const override;
  DType dtype() const override { return a.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  Tensor mean() const override;
  Tensor variance() const override;
  /// A sum over the support, for which it reads the parameters.
  Tensor entropy() const override;
};

}  // namespace gradus::stats
