#pragma once

#include "gradus/core/tensor.h"

// Whether chains of draws (chains, draws) of one number tell of their distribution. Chains are
// split in halves, so that one chain is enough; at least four draws each. Source: Gelman et al.
// 2013, "Bayesian data analysis", section 11.4 and 11.5.

namespace gradus::stats {

/// How much the spread over all chains exceeds that within them: near 1 (below 1.01) when they have
/// mixed. NaN for constant chains.
double r_hat(const Tensor& draws);
/// The number of independent draws whose mean would be as exact. Autocorrelations are summed up to
/// where pairs of them become negative (Geyer 1992, "Practical Markov chain Monte Carlo"). NaN for
/// constant chains.
double effective_sample_size(const Tensor& draws);
/// The deviation of the mean of all draws: their deviation over the root of the effective size.
double monte_carlo_error(const Tensor& draws);

}  // namespace gradus::stats
