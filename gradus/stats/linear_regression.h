#pragma once

#include "gradus/stats/multivariate_normal.h"
#include "gradus/stats/normal.h"
#include "gradus/stats/student_t.h"

// Bayesian linear regression: y = x w + noise. Inputs are (n, d), with a column of ones for an
// intercept, targets (n). Source: Murphy 2012, "Machine learning", section 7.6.

namespace gradus::stats {

/// The weights (d) after data whose noise has a known deviation.
MultivariateNormal posterior_of_weights(const MultivariateNormal& prior, const Tensor& inputs,
                                        const Tensor& targets, double noise_deviation);
/// The targets at further inputs (m, d). -> batch (m)
Normal predictive_of_weights(const MultivariateNormal& posterior, const Tensor& inputs,
                             double noise_deviation);

/// Weights and noise together: 1 / noise variance of Gamma(shape, rate), weights of
/// Normal(mean, noise variance precision^-1).
struct NormalGammaRegression {
  Tensor mean;         // (d)
  Tensor precision;    // (d, d), symmetric and positive definite
  Tensor shape, rate;  // (), positive

  /// A prior that does not prefer any weights much: mean 0, precision `strength` times the
  /// identity, shape and rate 1e-3. f64.
  static NormalGammaRegression weak_prior(std::int64_t weights, double strength = 1e-6);

  /// The weights one by one. -> batch (d)
  StudentT weights() const;
  /// The targets at further inputs (m, d). -> batch (m)
  StudentT predictive(const Tensor& inputs) const;
};

NormalGammaRegression posterior_of_regression(const NormalGammaRegression& prior,
                                              const Tensor& inputs, const Tensor& targets);
/// The logarithm of the density of the targets under the prior, by which models are compared: 0-d.
Tensor log_evidence(const NormalGammaRegression& prior, const Tensor& inputs,
                    const Tensor& targets);

}  // namespace gradus::stats
