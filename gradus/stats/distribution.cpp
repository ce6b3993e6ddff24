#include "gradus/stats/distribution.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/transcendental.h"

namespace gradus::stats {
namespace {

[[noreturn]] void refuse(const Distribution& distribution, const char* what) {
  throw Error(ErrorCode::unsupported, distribution.name(),
              fmt::format("there is no closed form of its {}", what));
}

}  // namespace

Tensor Distribution::prob(const Tensor& x) const { return exp(log_prob(x)); }
Tensor Distribution::cdf(const Tensor&) const { refuse(*this, "cumulative distribution function"); }
Tensor Distribution::survival(const Tensor& x) const { return 1 - cdf(x); }
Tensor Distribution::quantile(const Tensor&) const { refuse(*this, "quantile function"); }
Tensor Distribution::mean() const { refuse(*this, "mean"); }
Tensor Distribution::variance() const { refuse(*this, "variance"); }
Tensor Distribution::entropy() const { refuse(*this, "entropy"); }
Tensor Distribution::deviation() const { return sqrt(variance()); }

}  // namespace gradus::stats
