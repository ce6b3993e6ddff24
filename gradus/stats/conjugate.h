#pragma once

#include "gradus/stats/beta.h"
#include "gradus/stats/beta_binomial.h"
#include "gradus/stats/categorical.h"
#include "gradus/stats/dirichlet.h"
#include "gradus/stats/estimation.h"
#include "gradus/stats/gamma.h"
#include "gradus/stats/lomax.h"
#include "gradus/stats/negative_binomial.h"
#include "gradus/stats/normal.h"
#include "gradus/stats/student_t.h"

// Priors whose posteriors are of the same family, and what they predict. Observations are (n), or
// (n, batch...) beside a prior of a batch: their first axis is summed over. No observations leave
// the prior as it is. Source: Murphy 2012, "Machine learning", chapters 3 and 4.

namespace gradus::stats {

/// Of the probability of Bernoulli observations (0 or 1), or of successes among trials.
Beta posterior_of_bernoulli(const Beta& prior, const Tensor& observations);
Beta posterior_of_binomial(const Beta& prior, const Tensor& successes, std::int64_t trials);
/// Successes among further trials.
BetaBinomial predictive_of_binomial(const Beta& posterior, std::int64_t trials);

/// Of class probabilities, from class indices (n), or from counts (n, k).
Dirichlet posterior_of_categorical(const Dirichlet& prior, const Tensor& indices);
Dirichlet posterior_of_multinomial(const Dirichlet& prior, const Tensor& counts);
/// The class of a further observation.
Categorical predictive_of_categorical(const Dirichlet& posterior);

/// Of the rate of Poisson counts, or of exponential waiting times.
Gamma posterior_of_poisson(const Gamma& prior, const Tensor& counts);
Gamma posterior_of_exponential(const Gamma& prior, const Tensor& times);
/// A further count, a further waiting time.
NegativeBinomial predictive_of_poisson(const Gamma& posterior);
Lomax predictive_of_exponential(const Gamma& posterior);

/// Of the mean of normal observations of a known deviation.
Normal posterior_of_normal_mean(const Normal& prior, const Tensor& observations,
                                const Tensor& deviation);
/// A further observation.
Normal predictive_of_normal_mean(const Normal& posterior, const Tensor& deviation);

/// Of mean and precision of normal observations together: precision of Gamma(shape, rate), mean of
/// Normal(location, 1 / sqrt(strength precision)).
struct NormalGamma {
  Tensor location, strength, shape, rate;  // (batch...)

  Gamma precision() const { return {shape, rate}; }
  /// The mean alone.
  StudentT mean() const;
  /// A further observation.
  StudentT predictive() const;
};
NormalGamma posterior_of_normal(const NormalGamma& prior, const Tensor& observations);

/// The interval between the quantiles (1 - level) / 2 and (1 + level) / 2 of one distribution; the
/// estimate is its mean.
Interval credible_interval(const Distribution& posterior, double level = 0.95);
/// The shortest interval that holds a share `level` of draws (n); the estimate is their mean.
Interval highest_density_interval(const Tensor& draws, double level = 0.95);

}  // namespace gradus::stats
