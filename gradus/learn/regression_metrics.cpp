#include "gradus/learn/regression_metrics.h"

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/learn/examples.h"

namespace gradus::learn {
namespace {

struct Numbers {
  std::vector<double> predicted, actual;
};

Numbers checked_numbers_of(const char* operation, const Tensor& predicted, const Tensor& actual) {
  const std::int64_t count = actual.defined() && actual.rank() > 0 ? actual.dim(0) : 0;
  if (count == 0) throw Error(ErrorCode::shape, operation, "there are no targets");
  return {checked_numbers(operation, predicted, count).to_vector<double>(),
          checked_numbers(operation, actual, count).to_vector<double>()};
}

double squared_errors(const Numbers& numbers) {
  double sum = 0;
  for (std::size_t i = 0; i < numbers.actual.size(); ++i) {
    const double error = numbers.predicted[i] - numbers.actual[i];
    sum += error * error;
  }
  return sum;
}

}  // namespace

double r2(const Tensor& predicted, const Tensor& actual) {
  const Numbers numbers = checked_numbers_of("r2", predicted, actual);
  double mean = 0;
  for (const double value : numbers.actual) mean += value;
  mean /= static_cast<double>(numbers.actual.size());
  double deviations = 0;
  for (const double value : numbers.actual) deviations += (value - mean) * (value - mean);
  const double errors = squared_errors(numbers);
  if (deviations == 0) return errors == 0 ? 1 : 0;
  return 1 - errors / deviations;
}

double mean_squared_error(const Tensor& predicted, const Tensor& actual) {
  const Numbers numbers = checked_numbers_of("mean_squared_error", predicted, actual);
  return squared_errors(numbers) / static_cast<double>(numbers.actual.size());
}

double mean_absolute_error(const Tensor& predicted, const Tensor& actual) {
  const Numbers numbers = checked_numbers_of("mean_absolute_error", predicted, actual);
  double sum = 0;
  for (std::size_t i = 0; i < numbers.actual.size(); ++i) {
    sum += std::abs(numbers.predicted[i] - numbers.actual[i]);
  }
  return sum / static_cast<double>(numbers.actual.size());
}

}  // namespace gradus::learn
