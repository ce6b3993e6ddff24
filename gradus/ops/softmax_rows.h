// Internal: what the softmax family computes on memory, with vector instructions.
#pragma once

#include <cstdint>

#include "gradus/ops/along_axis.h"
#include "gradus/ops/fold.h"

namespace gradus {

/// Rows of logits with a label each.
struct LabelledRows {
  const void* logits;
  const std::int64_t* labels;
  std::int64_t rows, classes;
};

/// The functions for one element type, f32 or f64. Results may be in the place of the first
/// operand.
struct SoftmaxFunctions {
  void (*softmax)(AlongAxis along, const void* x, void* y);
  void (*log_softmax)(AlongAxis along, const void* x, void* y);
  /// result = y * (g - sum(g * y))
  void (*softmax_gradient)(AlongAxis along, const void* y, const void* g, void* result);
  /// losses[i] = log(sum(exp(row i))) - row i [label i]
  void (*cross_entropy)(const LabelledRows& x, void* losses);
  /// row i of result = (softmax(row i) - one_hot(label i)) * weights[i * weight_stride]
  void (*cross_entropy_gradient)(const LabelledRows& x, const void* weights,
                                 std::int64_t weight_stride, void* result);
  /// log(sum(exp(x))) over rows
  const Fold* log_sum_exp;
};
const SoftmaxFunctions& softmax_functions(DType dtype);

}  // namespace gradus
