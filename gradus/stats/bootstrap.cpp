#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/estimation.h"
#include "gradus/stats/estimation_checks.h"

namespace gradus::stats {
namespace {

constexpr const char* kBootstrap = "bootstrap";

/// The third moment of the estimates without one observation each, over six times the 3/2 power of
/// the second: Efron 1987, eq. 6.6.
double acceleration(const Statistic& statistic, const Tensor& sample) {
  const std::int64_t n = sample.dim(0);
  std::vector<double> without;
  double center = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Tensor rest = concatenate(
        {slice(sample, 0, {.start = 0, .stop = i}), slice(sample, 0, {.start = i + 1, .stop = n})});
    without.push_back(number_of(kBootstrap, statistic(rest)));
    center += without.back() / static_cast<double>(n);
  }
  double squares = 0;
  double cubes = 0;
  for (const double value : without) {
    const double gap = center - value;
    squares += gap * gap;
    cubes += gap * gap * gap;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

double normal_probability(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// The quantiles of the replicates that bound a bias-corrected and accelerated interval.
std::pair<double, double> corrected_tails(const Statistic& statistic, const Tensor& sample,
                                          const std::vector<double>& sorted, double estimate,
                                          double tail) {
  // Replicates equal to the estimate count half, as for statistics with few values.
  const auto [from, to] = std::equal_range(sorted.begin(), sorted.end(), estimate);
  const auto below = static_cast<double>(from - sorted.begin());
  const double share =
      (below + 0.5 * static_cast<double>(to - from)) / static_cast<double>(sorted.size());
  if (!(share > 0 && share < 1)) {
    throw Error(ErrorCode::numeric, kBootstrap,
                "every replicate is on one side of the estimate: there is no bca interval");
  }
  const double bias = normal_quantile(share);
  const double bend = acceleration(statistic, sample);
  const auto corrected = [&](double p) {
    const double z = bias + normal_quantile(p);
    return normal_probability(bias + z / (1 - bend * z));
  };
  return {corrected(tail), corrected(1 - tail)};
}

}  // namespace

Bootstrap bootstrap(const Statistic& statistic, const Tensor& sample, const Key& key,
                    const BootstrapOptions& options) {
  check_sample(kBootstrap, sample, 2);
  check_level(kBootstrap, options.level);
  if (options.replicates < 2) {
    throw Error(ErrorCode::invalid_argument, kBootstrap,
                fmt::format("{} replicates have no quantiles", options.replicates));
  }
  const double estimate = number_of(kBootstrap, statistic(sample));
  const std::int64_t n = sample.dim(0);
  std::vector<double> values;
  for (std::int64_t i = 0; i < options.replicates; ++i) {
    const Key own = key.fold_in(static_cast<std::uint64_t>(i));
    values.push_back(
        number_of(kBootstrap, statistic(take(sample, random_integer(own, {n}, 0, n)))));
  }
  const Tensor replicates = Tensor::from(values);
  std::sort(values.begin(), values.end());
  if (std::isnan(values.back()) || std::isnan(values.front())) {
    throw Error(ErrorCode::numeric, kBootstrap, "the statistic of a replicate is NaN");
  }
  const double tail = (1 - options.level) / 2;
  Interval interval{sorted_quantile(values, tail), sorted_quantile(values, 1 - tail), estimate};
  if (options.method == BootstrapMethod::basic) {
    interval = {2 * estimate - interval.high, 2 * estimate - interval.low, estimate};
  } else if (options.method == BootstrapMethod::bca) {
    const auto [low, high] = corrected_tails(statistic, sample, values, estimate, tail);
    interval = {sorted_quantile(values, low), sorted_quantile(values, high), estimate};
  }
  return {interval, mean(replicates).item<double>() - estimate, std_dev(replicates).item<double>(),
          replicates};
}

}  // namespace gradus::stats
