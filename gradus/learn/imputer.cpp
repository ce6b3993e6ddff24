#include "gradus/learn/imputer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

using Strategy = ImputerOptions::Strategy;
constexpr const char* kStrategyNames[] = {"mean", "median", "most_frequent", "constant"};

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Of sorted values.
double median_of(const std::vector<double>& values) {
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Of sorted values; of equals the smallest.
double most_frequent_of(const std::vector<double>& values) {
  double best = values.front();
  std::ptrdiff_t most = 0;
  for (auto begin = values.begin(); begin != values.end();) {
    const auto end = std::upper_bound(begin, values.end(), *begin);
    if (end - begin > most) {
      most = end - begin;
      best = *begin;
    }
    begin = end;
  }
  return best;
}

}  // namespace

void ImputerOptions::fields(OptionVisitor& v) {
  v("strategy", strategy, kStrategyNames);
  v("value", value);
}

void Imputer::fitted(FittedVisitor& v) { v("values", values, Content::f64, {feature_count()}); }

void Imputer::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& /*weights*/) {
  const auto all = x.to_vector<double>();
  const auto features = static_cast<std::size_t>(x.dim(1));
  std::vector<double> found(features, options.value);
  if (options.strategy == Strategy::constant && !std::isfinite(options.value)) {
    throw Error(ErrorCode::invalid_argument, kKind, "value must be finite");
  }
  for (std::size_t f = 0; f < features && options.strategy != Strategy::constant; ++f) {
    std::vector<double> present;
    for (std::size_t i = f; i < all.size(); i += features) {
      if (!std::isnan(all[i])) present.push_back(all[i]);
    }
    if (present.empty()) {
      throw Error(ErrorCode::numeric, kKind, fmt::format("feature {} is missing everywhere", f));
    }
    std::sort(present.begin(), present.end());
    found[f] = options.strategy == Strategy::mean     ? mean_of(present)
               : options.strategy == Strategy::median ? median_of(present)
                                                      : most_frequent_of(present);
  }
  values = Tensor::from(found);
}

Tensor Imputer::do_transform(const Tensor& x) const {
  return where(is_nan(x), cast(values, x.dtype()), x).eval();
}

}  // namespace gradus::learn
