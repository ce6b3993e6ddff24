#include "gradus/train/metrics.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/reduce.h"

namespace gradus::train {
namespace {

constexpr double kLong = 1e6;

double count_correct(const Tensor& scores, const Tensor& labels) {
  if (scores.rank() != labels.rank() + 1) {
    throw Error(ErrorCode::shape, "accuracy",
                fmt::format("scores of shape {} do not fit labels of shape {}",
                            scores.shape().to_string(), labels.shape().to_string()),
                {scores.shape(), labels.shape()});
  }
  return sum(equal(argmax(scores), labels)).item<double>();
}

}  // namespace

std::string value_text(double value, int decimals) {
  if (std::isnan(value)) return "nan";
  if (std::abs(value) >= kLong) return fmt::format("{:.{}g}", value, decimals);
  return fmt::format("{:.{}f}", value, decimals);
}

std::optional<double> find_metric(const Metrics& metrics, std::string_view name) {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const auto& metric) { return metric.first == name; });
  if (found == metrics.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> metric_names(MetricSet set) {
  switch (set) {
    case MetricSet::classification:
      return {"loss", "accuracy"};
    case MetricSet::regression:
      return {"loss", "mse", "mae", "r2"};
    case MetricSet::none:
      break;
  }
  return {"loss"};
}

bool is_better_when_larger(std::string_view metric) {
  return metric.ends_with("accuracy") || metric.ends_with("r2");
}

void MetricSums::add(double loss, const Tensor& prediction, const Tensor& target) {
  const auto count = static_cast<double>(prediction.rank() == 0 ? 1 : prediction.shape()[0]);
  if (set_ == MetricSet::classification) correct_ += count_correct(prediction, target);
  if (set_ == MetricSet::regression) {
    const Tensor error = prediction - target;
    // Squares of differences from a value near the mean do not cancel.
    if (elements_ == 0) shift_ = mean(target).item<double>();
    const Tensor shifted = target - Tensor::scalar(shift_, target.dtype());
    elements_ += static_cast<double>(error.size());
    squares_ += sum(error * error).item<double>();
    absolutes_ += sum(absolute(error)).item<double>();
    targets_ += sum(shifted).item<double>();
    target_squares_ += sum(shifted * shifted).item<double>();
  }
  examples_ += count;
  loss_ += loss * count;
}

Metrics MetricSums::result() const {
  Metrics metrics = {{"loss", loss_ / examples_}};
  if (set_ == MetricSet::classification) metrics.emplace_back("accuracy", correct_ / examples_);
  if (set_ == MetricSet::regression) {
    metrics.emplace_back("mse", squares_ / elements_);
    metrics.emplace_back("mae", absolutes_ / elements_);
    const double total = target_squares_ - targets_ * targets_ / elements_;
    metrics.emplace_back("r2", total > 0 ? 1 - squares_ / total : NAN);
  }
  return metrics;
}

std::vector<double> MetricSums::state() const {
  return {examples_,  loss_,    correct_,        elements_, squares_,
          absolutes_, targets_, target_squares_, shift_};
}

void MetricSums::load_state(const std::vector<double>& state) {
  if (state.size() != 9) {
    throw Error(ErrorCode::format, "metrics",
                fmt::format("the sums of an epoch are 9 numbers, not {}", state.size()));
  }
  examples_ = state[0];
  loss_ = state[1];
  correct_ = state[2];
  elements_ = state[3];
  squares_ = state[4];
  absolutes_ = state[5];
  targets_ = state[6];
  target_squares_ = state[7];
  shift_ = state[8];
}

}  // namespace gradus::train
