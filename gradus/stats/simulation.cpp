#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/stats/estimation.h"
#include "gradus/stats/estimation_checks.h"

namespace gradus::stats {
namespace {

void check_simulation(const char* operation, std::int64_t size, std::int64_t repetitions) {
  if (size < 1 || repetitions < 2) {
    throw Error(
        ErrorCode::invalid_argument, operation,
        fmt::format("{} samples of {} observations cannot be simulated", repetitions, size));
  }
}

/// What an estimator says of each of many samples: f64 (repetitions).
Tensor estimates_of(const char* operation, const Statistic& estimator,
                    const Distribution& distribution, std::int64_t size, const Key& key,
                    std::int64_t repetitions) {
  std::vector<double> estimates;
  for (std::int64_t i = 0; i < repetitions; ++i) {
    const Tensor sample = distribution.sample(key.fold_in(static_cast<std::uint64_t>(i)), {size});
    estimates.push_back(number_of(operation, estimator(sample)));
  }
  return Tensor::from(estimates);
}

}  // namespace

std::vector<EstimatorQuality> measure_estimator(const Statistic& estimator, double truth,
                                                const Distribution& distribution, const Key& key,
                                                const SimulationOptions& options) {
  const char* const name = "measure_estimator";
  std::vector<EstimatorQuality> qualities;
  for (const std::int64_t size : options.sample_sizes) {
    check_simulation(name, size, options.repetitions);
    const Tensor estimates =
        estimates_of(name, estimator, distribution, size,
                     key.fold_in(static_cast<std::uint64_t>(size)), options.repetitions);
    EstimatorQuality quality;
    quality.sample_size = size;
    quality.mean = mean(estimates).item<double>();
    quality.bias = quality.mean - truth;
    quality.variance = var(estimates, {.correction = 0}).item<double>();
    quality.bias_error = std::sqrt(quality.variance / static_cast<double>(options.repetitions - 1));
    quality.squared_error = mean(square(estimates - truth)).item<double>();
    qualities.push_back(quality);
  }
  return qualities;
}

double relative_efficiency(const Statistic& first, const Statistic& second,
                           const Distribution& distribution, std::int64_t sample_size,
                           const Key& key, std::int64_t repetitions) {
  const char* const name = "relative_efficiency";
  check_simulation(name, sample_size, repetitions);
  const Tensor a = estimates_of(name, first, distribution, sample_size, key, repetitions);
  const Tensor b = estimates_of(name, second, distribution, sample_size, key, repetitions);
  return var(b).item<double>() / var(a).item<double>();
}

Tensor median(const Tensor& sample) {
  check_sample("median", sample, 1);
  if (sample.rank() != 1) {
    throw Error(ErrorCode::shape, "median",
                fmt::format("takes a sample (n), not {}", sample.signature()), {sample.shape()});
  }
  const Tensor sorted = sort(sample).values;
  const std::int64_t n = sample.dim(0);
  return 0.5 * (select(sorted, 0, (n - 1) / 2) + select(sorted, 0, n / 2));
}

}  // namespace gradus::stats
