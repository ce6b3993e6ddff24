#pragma once

#include "gradus/base/function.h"
#include "gradus/stats/distribution.h"

namespace gradus::stats {

// Of a sample: mean(), var() and std_dev() of ops/reduce.h divide by n - 1, as do these.

/// The covariances of the columns of a sample (n, d), or of two samples (n): (d, d) or (). Throws
/// Error for fewer than two rows.
Tensor covariance(const Tensor& sample);
Tensor covariance(const Tensor& x, const Tensor& y);
/// Covariances over the product of the deviations: in [-1, 1]; NaN for a constant column.
Tensor correlation(const Tensor& sample);
Tensor correlation(const Tensor& x, const Tensor& y);

// Of a discrete distribution that takes the value values[i] with probability probabilities[i],
// along the last axis; probabilities that do not add up to 1 are an Error when evaluated.

/// sum of p x. (k), (..., k) -> (...)
Tensor expectation(const Tensor& values, const Tensor& probabilities);
/// E[(x - E[x])^2]
Tensor variance(const Tensor& values, const Tensor& probabilities);
/// E[(x - E[x]) (y - E[y])] of a joint table (x, y).
Tensor covariance(const Tensor& x_values, const Tensor& y_values, const Tensor& joint);
Tensor correlation(const Tensor& x_values, const Tensor& y_values, const Tensor& joint);

/// An average of draws, and the deviation that such an average has.
struct MonteCarloMean {
  Tensor value;
  Tensor standard_error;
};
/// E[f(x)] by independent draws. f maps draws (n, ...) to numbers (n, ...); differentiable in the
/// parameters of a distribution with reparametrised samples.
MonteCarloMean expectation(const Function<Tensor(const Tensor&)>& f,
                           const Distribution& distribution, const Key& key, std::int64_t draws);

}  // namespace gradus::stats
