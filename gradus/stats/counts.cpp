#include "gradus/stats/counts.h"

#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"
#include "gradus/stats/parameters.h"

namespace gradus::stats {

Tensor count_quantile(const Distribution& distribution, const Tensor& p, double low) {
  const Shape shape = broadcast_shapes(distribution.name(), p.shape(), distribution.batch_shape());
  const Tensor wanted = stop_gradient(broadcast_to(cast(p, distribution.dtype()), shape));
  const Tensor is_one = greater_equal(wanted, number_like(1, wanted));
  // Where p is 1 or no probability, nothing is looked for.
  const auto is_short = [&](const Tensor& k) {
    const Tensor value = stop_gradient(distribution.cdf(k));
    return logical_and(less(value, wanted), logical_not(is_one));
  };
  Tensor below = full(shape, low - 1, wanted.dtype());
  Tensor above = full(shape, low, wanted.dtype());
  // Up to 2^60; counts from 2^53 on are not told from each other.
  for (int doubling = 0; doubling < 60; ++doubling) {
    const Tensor more = is_short(above).eval();
    if (!any(more).item<bool>()) break;
    below = where(more, above, below);
    above = where(more, above + (above - (low - 1)), above).eval();
  }
  for (;;) {
    const Tensor middle = floor(0.5 * (below + above)).eval();
    const Tensor is_between = logical_and(greater(middle, below), less(middle, above));
    if (!any(is_between).item<bool>()) break;
    const Tensor more = is_short(middle);
    below = where(more, middle, below).eval();
    above = where(more, above, middle).eval();
  }
  const double infinity = std::numeric_limits<double>::infinity();
  return for_probability(wanted, where(is_one, number_like(infinity, above), above));
}

Tensor entropy_over_counts(const Distribution& distribution, double low, double high) {
  constexpr double kMost = 1e8;
  const Shape batch = distribution.batch_shape();
  if ((high - low + 1) * static_cast<double>(batch.size()) > kMost) {
    throw Error(ErrorCode::unsupported, distribution.name(),
                fmt::format("the entropy would be a sum over {} counts for shape {}",
                            high - low + 1, batch.to_string()),
                {batch});
  }
  Dims dims{static_cast<std::int64_t>(high - low) + 1};
  for (int axis = 0; axis < batch.rank(); ++axis) dims.push_back(1);
  const Tensor counts = reshape(arange(low, high + 1, 1, distribution.dtype()), dims);
  const Tensor log_p = distribution.log_prob(counts);
  // A count of probability 0 adds nothing.
  const Tensor terms = exp(log_p) * maximum(log_p, number_like(-1e4, log_p));
  return negative(sum(terms, {.axes = {0}}));
}

}  // namespace gradus::stats
