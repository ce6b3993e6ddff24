// Internal: how estimators take and check examples.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/tensor.h"
#include "gradus/learn/visitors.h"

namespace gradus::learn {

enum class Missing { refused, allowed };

/// (examples, features) of f32 or f64, evaluated, row-major. Throws Error naming `operation`: not a
/// matrix, no examples or features, NaN (unless missing values are allowed) or infinite.
Tensor checked_examples(const char* operation, const Tensor& x, Missing missing);

/// i64 (count) of integer labels. Throws Error.
Tensor checked_labels(const char* operation, const Tensor& labels, std::int64_t count);

/// f64 (count) of finite numbers, (count) or (count, 1). Throws Error.
Tensor checked_numbers(const char* operation, const Tensor& numbers, std::int64_t count);

/// f64 (count) of finite weights, 0 or more and not all 0; undefined if they are. Throws Error.
Tensor checked_weights(const char* operation, const Tensor& weights, std::int64_t count);

/// The sum of the weights, or `count` without any.
double total_weight(const Tensor& weights, std::int64_t count);
/// The weights divided by their sum, f64 (count): without any, 1 / count.
Tensor shares_of(const Tensor& weights, std::int64_t count);

/// Throws Error naming `operation` and the first example whose result is not finite: what
/// estimators compute from finite examples may overflow. result: (examples) or (examples, ...)
const Tensor& checked_result(const char* operation, const Tensor& result);

/// Whether a fitted tensor holds the numbers that `content` allows.
bool is_sound(const Tensor& fitted, Content content);

/// The different labels, ascending, i64.
Tensor distinct(const Tensor& labels);

/// Places of labels in `classes`. Throws Error naming `operation` at a label that is not there.
Tensor codes_of(const char* operation, const Tensor& labels, const Tensor& classes);

/// The examples (or labels) with these numbers.
Tensor rows_of(const Tensor& x, std::span<const std::int64_t> numbers);

/// `values` as a tensor of f32 or f64.
Tensor real_tensor(const std::vector<double>& values, const Shape& shape, DType dtype);

}  // namespace gradus::learn
