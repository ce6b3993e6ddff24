#include "gradus/learn/scaler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/learn/column_moments.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

void require_width(const char* kind, const Tensor& x, const Tensor& fitted) {
  if (x.dim(1) == fitted.size()) return;
  throw Error(ErrorCode::shape, kind,
              fmt::format("it was fitted to {} features, not {}", fitted.size(), x.dim(1)),
              {x.shape()});
}

void require_positive(const char* kind, const char* name, const Tensor& divisors) {
  const auto values = divisors.data<double>();
  if (std::all_of(values.begin(), values.end(), [](double value) { return value > 0; })) return;
  throw Error(ErrorCode::format, kind, fmt::format("{} must be above 0", name));
}

}  // namespace

void StandardScalerOptions::fields(OptionVisitor& v) {
  v("center", center);
  v("scale", scale);
}

void StandardScaler::fitted(FittedVisitor& v) {
  v("mean", mean, Content::f64, {feature_count()});
  v("deviation", deviation, Content::f64, {feature_count()});
}

void StandardScaler::finish_loading() { require_positive(kKind, "deviation", deviation); }

void StandardScaler::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& /*weights*/) {
  const auto [means, variances] = column_moments(x);
  std::vector<double> deviations;
  const auto count = static_cast<double>(x.dim(0));
  for (std::size_t f = 0; f < variances.size(); ++f) {
    if (!std::isfinite(variances[f])) {
      throw Error(
          ErrorCode::numeric, kKind,
          fmt::format("the variance of feature {} overflows: the examples are too large", f));
    }
    // What rounding alone may leave of a constant feature (Chan, Golub and LeVeque 1983).
    const double noise = std::numeric_limits<double>::epsilon() * means[f];
    const bool constant =
        variances[f] <= count * std::numeric_limits<double>::epsilon() * variances[f] +
                            count * count * noise * noise;
    deviations.push_back(constant || variances[f] == 0 ? 1 : std::sqrt(variances[f]));
  }
  mean = Tensor::from(means);
  deviation = Tensor::from(deviations);
}

Tensor StandardScaler::do_transform(const Tensor& x) const {
  Tensor scaled = cast(x, DType::f64);
  if (options.center) scaled = scaled - mean;
  if (options.scale) scaled = scaled / deviation;
  return cast(scaled, x.dtype()).eval();
}

Tensor StandardScaler::do_inverse_transform(const Tensor& x) const {
  require_width(kKind, x, mean);
  Tensor restored = cast(x, DType::f64);
  if (options.scale) restored = restored * deviation;
  if (options.center) restored = restored + mean;
  return cast(restored, x.dtype()).eval();
}

void MinMaxScalerOptions::fields(OptionVisitor& v) {
  v("low", low);
  v("high", high);
}

void MinMaxScaler::fitted(FittedVisitor& v) {
  v("minimum", minimum, Content::f64, {feature_count()});
  v("range", range, Content::f64, {feature_count()});
}

void MinMaxScaler::finish_loading() { require_positive(kKind, "range", range); }

void MinMaxScaler::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& /*weights*/) {
  if (!(options.low < options.high)) {
    throw Error(ErrorCode::invalid_argument, kKind,
                fmt::format("low must be below high, not {} and {}", options.low, options.high));
  }
  const Tensor wide = cast(x, DType::f64);
  const Tensor lowest = min(wide, {.axes = {0}}).eval();
  auto ranges = (max(wide, {.axes = {0}}) - lowest).to_vector<double>();
  for (double& extent : ranges) extent = extent > 0 ? extent : 1;
  minimum = lowest;
  range = Tensor::from(ranges);
}

Tensor MinMaxScaler::do_transform(const Tensor& x) const {
  const Tensor unit = (cast(x, DType::f64) - minimum) / range;
  return cast(unit * (options.high - options.low) + options.low, x.dtype()).eval();
}

Tensor MinMaxScaler::do_inverse_transform(const Tensor& x) const {
  require_width(kKind, x, minimum);
  const Tensor unit = (cast(x, DType::f64) - options.low) / (options.high - options.low);
  return cast(unit * range + minimum, x.dtype()).eval();
}

}  // namespace gradus::learn
