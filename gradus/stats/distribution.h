#pragma once

#include "gradus/core/tensor.h"
#include "gradus/ops/random.h"

namespace gradus::stats {

/// A probability distribution, or a batch of them: its parameters are tensors that broadcast to
/// batch_shape(). Everything below is made of operations on the parameters and can be
/// differentiated in them. Parameters are f32 or f64 (integers become f32); numbers passed in are
/// cast to their type and broadcast against the batch. A parameter outside of its domain is an
/// Error when something is computed from it.
struct Distribution {
  virtual ~Distribution() = default;

  /// "Normal"
  virtual const char* name() const = 0;
  virtual Shape batch_shape() const = 0;
  /// The shape of one draw: empty, or that of the vectors of a multivariate distribution.
  virtual Shape event_shape() const { return {}; }
  /// The type of the parameters.
  virtual DType dtype() const = 0;

  /// The logarithm of the density, or of the probability of a discrete value: -infinity outside the
  /// support. (..., batch..., event...) -> (..., batch...)
  virtual Tensor log_prob(const Tensor& x) const = 0;
  /// exp(log_prob(x)): density or probability.
  Tensor prob(const Tensor& x) const;
  /// The probability of a value of at most x. Throws Error (unsupported) where there is no closed
  /// form, as does whatever follows.
  virtual Tensor cdf(const Tensor& x) const;
  /// The probability of a value above x, right where it is small.
  virtual Tensor survival(const Tensor& x) const;
  /// The smallest value with cdf(value) >= p; NaN for p outside [0, 1].
  virtual Tensor quantile(const Tensor& p) const;

  /// Independent draws: (shape..., batch..., event...). Differentiable in the parameters if
  /// has_reparametrised_samples().
  virtual Tensor sample(const Key& key, const Shape& shape = {}) const = 0;
  virtual bool has_reparametrised_samples() const { return false; }

  /// (batch..., event...)
  virtual Tensor mean() const;
  virtual Tensor variance() const;
  /// In nats. (batch...)
  virtual Tensor entropy() const;
  /// sqrt(variance())
  Tensor deviation() const;

 protected:
  Distribution() = default;
  Distribution(const Distribution&) = default;
  Distribution(Distribution&&) = default;
  Distribution& operator=(const Distribution&) = default;
  Distribution& operator=(Distribution&&) = default;
};

/// The Kullback-Leibler divergence of q from p in nats, where it has a closed form: both of one
/// family. (batch...) Throws Error (unsupported) for other pairs.
Tensor kl_divergence(const Distribution& p, const Distribution& q);

}  // namespace gradus::stats
