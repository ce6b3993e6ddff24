#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The Gaussian distribution of vectors, the last axis.
struct MultivariateNormal final : Distribution {
  Tensor location;  // (batch..., k)
  Tensor scale;     // (batch..., k, k), lower triangular: covariance = scale scale^T

  /// Of a mean (..., k) and a covariance (..., k, k), symmetric and positive definite; otherwise
  /// evaluation throws Error.
  MultivariateNormal(const Tensor& mean, const Tensor& covariance);
  /// Of the lower triangular factor of the covariance, its diagonal positive.
  static MultivariateNormal from_scale(const Tensor& mean, const Tensor& scale);

  const char* name() const override { return "MultivariateNormal"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {location.shape().back()}; }
  DType dtype() const override { return scale.dtype(); }
  Tensor log_prob(const Tensor& x) const override;
  Tensor sample(const Key& key, const Shape& shape = {}) const override;
  bool has_reparametrised_samples() const override { return true; }
  Tensor mean() const override;
  /// Of each number of a draw: the diagonal of the covariance.
  Tensor variance() const override;
  Tensor entropy() const override;
  /// (batch..., k, k)
  Tensor covariance() const;
  /// log of the determinant of `scale`. (batch...)
  Tensor log_scale() const;

 private:
  struct Factor {
    Tensor location, scale;
  };
  explicit MultivariateNormal(const Factor& factor)
      : location(factor.location), scale(factor.scale) {}
};

}  // namespace gradus::stats
