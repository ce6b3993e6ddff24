#include "gradus/stats/multinomial.h"

#include <cmath>
#include <limits>
#include <numbers>

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

Multinomial::Multinomial(std::int64_t number, const Tensor& p)
    : trials(number),
      probabilities(require_distribution(name(), "probabilities", floating_parameter(name(), p))) {
  if (trials < 0) {
    throw Error(ErrorCode::invalid_argument, name(),
                fmt::format("trials must be at least 0, not {}", trials));
  }
}

Shape Multinomial::batch_shape() const { return leading_shape(probabilities.shape()); }
Shape Multinomial::event_shape() const { return {probabilities.shape().back()}; }

Tensor Multinomial::log_prob(const Tensor& value) const {
  const Tensor x = require_last_axis(name(), cast(value, dtype()), probabilities);
  const Tensor is_wrong = is_no_count(x, 0);
  const double number = static_cast<double>(trials);
  const Tensor outside = logical_or(any(is_wrong, {.axes = {-1}}),
                                    not_equal(sum(x, {.axes = {-1}}), number_like(number, x)));
  const Tensor safe = inside(is_wrong, x, 0);
  const Tensor terms = x_log_y(safe, probabilities) - lgamma(safe + 1);
  return unless(outside, sum(terms, {.axes = {-1}}) + std::lgamma(number + 1));
}

Tensor Multinomial::sample(const Key& key, const Shape& shape) const {
  // Each class has a binomial share of the trials that the classes before it left.
  const Shape draws = joined(shape, batch_shape());
  const std::int64_t classes = probabilities.shape().back();
  const auto keys = key.split(static_cast<int>(classes));
  // Sums from the end, so that what is left for the last class is the class itself.
  const Tensor left = flip(cumulative_sum(flip(probabilities, {-1})), {-1});
  const Tensor shares = probabilities / maximum(left, probabilities);
  Tensor rest = full(draws, static_cast<double>(trials), dtype());
  Tensors counts;
  for (std::int64_t c = 0; c + 1 < classes; ++c) {
    const Tensor share = select(shares, -1, c);
    const Tensor is_left = greater(select(left, -1, c), number_like(0, share));
    counts.push_back(
        random_binomial(keys[static_cast<std::size_t>(c)], rest,
                        broadcast_to(where(is_left, share, number_like(0, share)), draws)));
    rest = rest - counts.back();
  }
  counts.push_back(rest);
  return stack(counts, -1);
}

Tensor Multinomial::mean() const { return static_cast<double>(trials) * probabilities; }
Tensor Multinomial::variance() const {
  return static_cast<double>(trials) * probabilities * (1 - probabilities);
}

}  // namespace gradus::stats
