#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::train {

/// Named numbers in an order, as "loss" and "accuracy".
using Metrics = std::vector<std::pair<std::string, double>>;

/// The value of that name, if there is one.
std::optional<double> find_metric(const Metrics& metrics, std::string_view name);

/// With so many decimals: "0.561"; of a diverging loss, which would be long, "2.5e+30".
std::string value_text(double value, int decimals);

/// What is measured beside the loss.
enum class MetricSet {
  none,
  classification,  ///< accuracy, of (batch, classes) scores and integer labels (batch)
  regression,      ///< mse, mae, r2 (coefficient of determination)
};

/// The names that measuring gives, "loss" first.
std::vector<std::string> metric_names(MetricSet set);

/// True of measures that grow as a model gets better.
bool is_better_when_larger(std::string_view metric);

/// Means over the batches of an epoch, weighted by their sizes, summed in double precision.
class MetricSums {
 public:
  explicit MetricSums(MetricSet set) : set_(set) {}

  /// `loss` is the mean over the batch.
  void add(double loss, const Tensor& prediction, const Tensor& target);
  Metrics result() const;

  /// The sums so far, so that an epoch can be taken up where it stopped.
  std::vector<double> state() const;
  void load_state(const std::vector<double>& state);

 private:
  MetricSet set_;
  double examples_ = 0, loss_ = 0;
  double correct_ = 0;                                 // classification
  double elements_ = 0, squares_ = 0, absolutes_ = 0;  // regression: of the errors
  double targets_ = 0, target_squares_ = 0;            // regression: of the targets, from a shift
  double shift_ = 0;
};

}  // namespace gradus::train
