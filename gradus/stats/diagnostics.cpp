#include "gradus/stats/diagnostics.h"

#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/stats/estimation_checks.h"

namespace gradus::stats {
namespace {

using Chains = std::vector<std::vector<double>>;

/// The halves of each chain; the middle draw of an odd number is left out.
Chains split_chains(const char* operation, const Tensor& draws) {
  if (!draws.defined() || draws.rank() != 2 || draws.dim(0) < 1 || draws.dim(1) < 4) {
    throw Error(
        ErrorCode::shape, operation,
        fmt::format("takes (chains, draws) of at least four draws, not {}", draws.signature()),
        {draws.shape()});
  }
  check_sample(operation, draws, 1);
  const auto values = draws.to_vector<double>();
  const auto length = static_cast<std::ptrdiff_t>(draws.dim(1));
  const std::ptrdiff_t half = length / 2;
  Chains halves;
  for (std::ptrdiff_t chain = 0; chain < draws.dim(0); ++chain) {
    const auto begin = values.begin() + chain * length;
    halves.emplace_back(begin, begin + half);
    halves.emplace_back(begin + length - half, begin + length);
  }
  return halves;
}

double mean_of(const std::vector<double>& x) {
  double sum = 0;
  for (const double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

/// Divided by n - 1.
double variance_of(const std::vector<double>& x) {
  const double center = mean_of(x);
  double squares = 0;
  for (const double value : x) squares += (value - center) * (value - center);
  return squares / static_cast<double>(x.size() - 1);
}

/// Gelman et al. 2013, eq. 11.1 to 11.3.
struct Spread {
  double within;  // W, the mean variance of the chains
  double pooled;  // the estimate of the variance by all of them
};

Spread spread_of_chains(const Chains& chains) {
  const double n = static_cast<double>(chains.front().size());
  std::vector<double> means, variances;
  for (const auto& chain : chains) {
    means.push_back(mean_of(chain));
    variances.push_back(variance_of(chain));
  }
  const double within = mean_of(variances);
  return {within, (n - 1) / n * within + variance_of(means)};
}

/// Of lag t, divided by n.
double autocovariance(const std::vector<double>& x, double center, std::size_t lag) {
  double sum = 0;
  for (std::size_t i = 0; i + lag < x.size(); ++i) sum += (x[i] - center) * (x[i + lag] - center);
  return sum / static_cast<double>(x.size());
}

}  // namespace

double r_hat(const Tensor& draws) {
  const auto [within, pooled] = spread_of_chains(split_chains("r_hat", draws));
  return std::sqrt(pooled / within);
}

double effective_sample_size(const Tensor& draws) {
  const Chains chains = split_chains("effective_sample_size", draws);
  const auto [within, pooled] = spread_of_chains(chains);
  if (!(within > 0)) return std::numeric_limits<double>::quiet_NaN();
  const std::size_t n = chains.front().size();
  std::vector<double> centers;
  for (const auto& chain : chains) centers.push_back(mean_of(chain));
  const auto correlation = [&, spread = pooled, inner = within](std::size_t lag) {
    double mean = 0;
    for (std::size_t c = 0; c < chains.size(); ++c) {
      mean += autocovariance(chains[c], centers[c], lag) / static_cast<double>(chains.size());
    }
    const double unbiased = mean * static_cast<double>(n) / static_cast<double>(n - 1);
    return 1 - (inner - unbiased) / spread;
  };
  // Sums of neighbours are positive and fall for a reversible chain; beyond, there is only noise.
  double sum = 0;
  double last = HUGE_VAL;
  for (std::size_t lag = 0; lag + 1 < n; lag += 2) {
    const double pair = (lag == 0 ? 1 : correlation(lag)) + correlation(lag + 1);
    if (!(pair > 0)) break;
    last = std::fmin(last, pair);
    sum += last;
  }
  const double total = static_cast<double>(n * chains.size());
  // At most total * log10(total): draws that alternate tell more than independent ones.
  return total / std::fmax(2 * sum - 1, 1 / std::log10(total));
}

double monte_carlo_error(const Tensor& draws) {
  const auto [within, pooled] = spread_of_chains(split_chains("monte_carlo_error", draws));
  return std::sqrt(pooled / effective_sample_size(draws));
}

}  // namespace gradus::stats
