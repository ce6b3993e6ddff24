#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The Dirichlet distribution over vectors of probabilities, the last axis.
struct Dirichlet final : Distribution {
  Tensor concentration;  // (batch..., k), positive

  explicit Dirichlet(const Tensor& concentration);

  const char* name() const override { return "Dirichlet"; }
  Shape batch_shape() const override;
  Shape event_shape() const override;
  DType dtype() const override { return concentration.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  bool has_reparametrised_samples() const override { return true; }
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  /// The logarithm of the multivariate beta function. (batch...)
  Tensor log_normalizer() const;
};

}  // namespace gradus::stats
