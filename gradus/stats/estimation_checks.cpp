#include "gradus/stats/estimation_checks.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/reduce.h"

namespace gradus::stats {

void check_sample(const char* operation, const Tensor& sample, std::int64_t least) {
  if (!sample.defined() || sample.rank() == 0 || sample.dim(0) < least || sample.size() == 0) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes a sample of at least {} observations, not {}", least,
                            sample.signature()),
                {sample.shape()});
  }
  if (!all(is_finite(sample)).item<bool>()) {
    throw Error(ErrorCode::invalid_argument, operation,
                "the sample holds infinite or missing numbers", {sample.shape()});
  }
}

void check_level(const char* operation, double level) {
  if (level > 0 && level < 1) return;
  throw Error(ErrorCode::invalid_argument, operation,
              fmt::format("level {} is not between 0 and 1", level));
}

double number_of(const char* operation, const Tensor& value) {
  if (!value.defined() || value.size() != 1) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("the statistic gave {}, not one number", value.signature()),
                {value.shape()});
  }
  return value.item<double>();
}

double sorted_quantile(const std::vector<double>& sorted, double p) {
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

}  // namespace gradus::stats
