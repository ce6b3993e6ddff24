#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// How often each of k classes comes up in independent draws, the last axis. There is no closed
/// form of its entropy.
struct Multinomial final : Distribution {
  std::int64_t trials;   // at least 0
  Tensor probabilities;  // (batch..., k), sums of 1

  Multinomial(std::int64_t trials, const Tensor& probabilities);

  const char* name() const override { return "Multinomial"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  DType dtype() const override { return probabilities.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  Tensor mean() const override;
  Tensor variance() const override;
};

}  // namespace gradus::stats
