#pragma once

#include "gradus/base/pointer.h"
#include "gradus/stats/categorical.h"

namespace gradus::stats {

/// A mixture of k distributions of one family, the last axis of whose batch is taken as the
/// components: Normal of means (k) gives a mixture of k Gaussians.
struct Mixture final : Distribution {
  Categorical weights;                    // (batch..., k)
  Shared<const Distribution> components;  // batch (batch..., k)

  /// Of probabilities (k) or (batch..., k) that add up to 1.
  template <class D>
  Mixture(const Tensor& probabilities, D distributions)
      : Mixture(probabilities, Shared<const Distribution>(share<D>(std::move(distributions)))) {}
  Mixture(const Tensor& probabilities, Shared<const Distribution> distributions);

  const char* name() const override { return "Mixture"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return components->event_shape(); }
  DType dtype() const override { return components->dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor cdf(const Tensor& x) const override;
  Tensor survival(const Tensor& x) const override;
  /// By halving between the quantiles of the components: evaluates. Differentiable once for
  /// components with densities.
  Tensor quantile(const Tensor& p) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  Tensor mean() const override;
  /// Of each number of a draw.
  Tensor variance() const override;
  /// log of the probability of each component, given a value. (..., k)
  Tensor log_responsibilities(const Tensor& x) const;
};

}  // namespace gradus::stats
