#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The number of events of a constant rate in a unit of time. Its entropy is a sum over the
/// support, for which it reads the rate.
struct Poisson final : Distribution {
  Tensor rate;  // (batch...), positive

  explicit Poisson(const Tensor& rate);

  const char* name() const override { return "Poisson"; }
  Shape batch_shape() const override;
  DType dtype() const override { return rate.dtype(); }
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
