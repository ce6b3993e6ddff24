#pragma once

#include <vector>

#include "gradus/base/function.h"
#include "gradus/stats/distribution.h"

namespace gradus::stats {

/// A statistic: a number made of a sample (n, ...).
using Statistic = Function<Tensor(const Tensor&)>;

struct Interval {
  double low = 0;
  double high = 0;
  double estimate = 0;  ///< the point estimate that the interval belongs to
};

/// Intervals that hold the parameter with probability `level`, in (0, 1); an f64 computation. A
/// sample is one-dimensional and has at least two observations.

/// Of the mean of normal observations of a known deviation.
Interval z_interval(const Tensor& sample, double deviation, double level = 0.95);
/// Of the mean of normal observations of an unknown deviation.
Interval t_interval(const Tensor& sample, double level = 0.95);
/// Of the variance of normal observations, by the chi-squared distribution.
Interval variance_interval(const Tensor& sample, double level = 0.95);
/// Of a probability after `successes` of `trials`. Source: Wilson 1927, "Probable inference".
Interval proportion_interval(std::int64_t successes, std::int64_t trials, double level = 0.95);

enum class BootstrapMethod {
  percentile,  ///< quantiles of the replicates
  basic,       ///< twice the estimate less these
  bca,         ///< bias-corrected and accelerated. Source: Efron 1987, "Better bootstrap confidence
               ///< intervals"
};
struct BootstrapOptions {
  std::int64_t replicates = 1000;
  double level = 0.95;
  BootstrapMethod method = BootstrapMethod::bca;
};
struct Bootstrap {
  Interval interval;
  double bias = 0;            ///< the mean of the replicates less the estimate
  double standard_error = 0;  ///< their deviation
  Tensor replicates;          ///< f64 (replicates)
};
/// Draws samples (n, ...) with replacement from the rows of `sample` and looks at how a statistic
/// varies over them. Source: Efron and Tibshirani 1993, "An introduction to the bootstrap".
Bootstrap bootstrap(const Statistic& statistic, const Tensor& sample, const Key& key,
                    const BootstrapOptions& options = {});

/// How an estimator behaves on samples of one size.
struct EstimatorQuality {
  std::int64_t sample_size = 0;
  double mean = 0;
  double bias = 0;           ///< E[estimate] - truth
  double bias_error = 0;     ///< the standard error of the measured bias
  double variance = 0;       ///< Var[estimate]
  double squared_error = 0;  ///< E[(estimate - truth)^2] = bias^2 + variance
};
struct SimulationOptions {
  std::vector<std::int64_t> sample_sizes = {10, 100, 1000};
  std::int64_t repetitions = 1000;
};
/// Measures bias, variance and squared error of an estimator on simulated samples, for each size:
/// consistent estimators come to a squared error of 0.
std::vector<EstimatorQuality> measure_estimator(const Statistic& estimator, double truth,
                                                const Distribution& distribution, const Key& key,
                                                const SimulationOptions& options = {});
/// The variance of the second estimator over that of the first on the same samples: above 1 where
/// the first is the more efficient.
double relative_efficiency(const Statistic& first, const Statistic& second,
                           const Distribution& distribution, std::int64_t sample_size,
                           const Key& key, std::int64_t repetitions = 1000);

/// The median of a sample (n): the middle one of an odd number, the mean of the middle two of an
/// even one.
Tensor median(const Tensor& sample);

}  // namespace gradus::stats
