#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// Student's t distribution. Its mean is NaN for 1 degree of freedom or fewer, its variance
/// infinite up to 2 (and NaN up to 1).
struct StudentT final : Distribution {
  Tensor degrees;   // (batch...), of freedom, positive
  Tensor location;  // (batch...)
  Tensor scale;     // (batch...), positive

  StudentT(const Tensor& degrees, const Tensor& location, const Tensor& scale);
  /// Around 0, of scale 1.
  explicit StudentT(const Tensor& degrees);

  const char* name() const override { return "StudentT"; }
  Shape batch_shape() const override;
  DType dtype() const override { return degrees.dtype(); }
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
