// Internal: what distributions over counts have in common.
#pragma once

#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// The smallest integer k >= low with cdf(k) >= p, infinity for p = 1, NaN for p outside [0, 1]. By
/// doubling and halving: evaluates.
Tensor count_quantile(const Distribution& distribution, const Tensor& p, double low);

/// -sum of p log p over the counts low ... high.
Tensor entropy_over_counts(const Distribution& distribution, double low, double high);

}  // namespace gradus::stats
