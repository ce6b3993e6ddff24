#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"
#include "gradus/stats/estimation.h"
#include "gradus/stats/estimation_checks.h"
#include "gradus/stats/normal.h"
#include "gradus/stats/student_t.h"

namespace gradus::stats {
namespace {

/// The observations as f64.
Tensor observations_of(const char* operation, const Tensor& sample) {
  check_sample(operation, sample, 2);
  if (sample.rank() != 1) {
    throw Error(ErrorCode::shape, operation,
                fmt::format("takes a sample (n), not {}", sample.signature()), {sample.shape()});
  }
  return cast(sample, DType::f64);
}

double chi_squared_quantile(double p, double degrees) {
  const Tensor half = number(0.5 * degrees);
  return 2 * gammaincinv(half, number(p)).item<double>();
}

}  // namespace

double normal_quantile(double p) {
  return Normal(number(0), number(1)).quantile(number(p)).item<double>();
}

Interval z_interval(const Tensor& sample, double deviation, double level) {
  const char* const name = "z_interval";
  const Tensor x = observations_of(name, sample);
  check_level(name, level);
  if (!(deviation > 0 && std::isfinite(deviation))) {
    throw Error(ErrorCode::invalid_argument, name,
                fmt::format("deviation must be positive and finite, not {}", deviation));
  }
  const double center = mean(x).item<double>();
  const double reach =
      -normal_quantile((1 - level) / 2) * deviation / std::sqrt(static_cast<double>(x.size()));
  return {center - reach, center + reach, center};
}

Interval t_interval(const Tensor& sample, double level) {
  const char* const name = "t_interval";
  const Tensor x = observations_of(name, sample);
  check_level(name, level);
  const double center = mean(x).item<double>();
  const double n = static_cast<double>(x.size());
  const double t = StudentT(number(n - 1)).quantile(number((1 - level) / 2)).item<double>();
  const double reach = -t * std::sqrt(var(x).item<double>() / n);
  return {center - reach, center + reach, center};
}

Interval variance_interval(const Tensor& sample, double level) {
  const char* const name = "variance_interval";
  const Tensor x = observations_of(name, sample);
  check_level(name, level);
  const double degrees = static_cast<double>(x.size() - 1);
  const double estimate = var(x).item<double>();
  const double tail = (1 - level) / 2;
  return {degrees * estimate / chi_squared_quantile(1 - tail, degrees),
          degrees * estimate / chi_squared_quantile(tail, degrees), estimate};
}

Interval proportion_interval(std::int64_t successes, std::int64_t trials, double level) {
  const char* const name = "proportion_interval";
  check_level(name, level);
  if (trials < 1 || successes < 0 || successes > trials) {
    throw Error(ErrorCode::invalid_argument, name,
                fmt::format("{} of {} is no number of successes", successes, trials));
  }
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double z = -normal_quantile((1 - level) / 2);
  const double center = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double reach = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {std::max(0.0, center - reach), std::min(1.0, center + reach), p};
}

}  // namespace gradus::stats
