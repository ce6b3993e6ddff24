// Internal: what estimators ask of samples.
#pragma once

#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::stats {

/// A 0-d tensor of f64.
inline Tensor number(double value) { return Tensor::scalar(value, DType::f64); }

/// Throws Error unless `sample` holds at least `least` finite observations along its first axis.
void check_sample(const char* operation, const Tensor& sample, std::int64_t least);
/// Throws Error unless 0 < level < 1.
void check_level(const char* operation, double level);
/// The number that a statistic gave, as double. Throws Error if it is not one number.
double number_of(const char* operation, const Tensor& value);

/// The quantile of the standard normal distribution.
double normal_quantile(double p);
/// The quantile of sorted numbers, linear between them (Hyndman and Fan 1996, definition 7).
double sorted_quantile(const std::vector<double>& sorted, double p);

}  // namespace gradus::stats
