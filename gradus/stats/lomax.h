#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The waiting time of a rate that is of a gamma distribution: a Pareto distribution from 0 on. Its
/// mean is infinite for shapes up to 1, its variance up to 2.
struct Lomax final : Distribution {
  Tensor shape;  // (batch...), positive
  Tensor scale;  // (batch...), positive

  Lomax(const Tensor& shape, const Tensor& scale);

  const char* name() const override { return "Lomax"; }
  Shape batch_shape() const override;
  DType dtype() const override { return scale.dtype(); }
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
