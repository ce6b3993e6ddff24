#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kSum, kMean, kProd, kMax, kMin, kArgmax, kArgmin, kAny, kAll, kVar, kLogSumExp,
    kCumSum, kCumProd, kLinearRecurrence;

struct ReduceOptions {
  Dims axes = {};          ///< negative counts from the end; empty: all axes
  bool keep_axes = false;  ///< keep reduced axes with extent 1
};

/// Integers and booleans are summed in i64. The sum of nothing is 0.
Tensor sum(const Tensor& x, const ReduceOptions& options = {});
Tensor mean(const Tensor& x, const ReduceOptions& options = {});
Tensor prod(const Tensor& x, const ReduceOptions& options = {});
/// NaN if any element is. An empty reduction throws Error. Gradients of ties are shared equally.
Tensor max(const Tensor& x, const ReduceOptions& options = {});
Tensor min(const Tensor& x, const ReduceOptions& options = {});
Tensor any(const Tensor& x, const ReduceOptions& options = {});
Tensor all(const Tensor& x, const ReduceOptions& options = {});
/// log(sum(exp(x))) without overflow.
Tensor log_sum_exp(const Tensor& x, const ReduceOptions& options = {});

struct VarOptions {
  Dims axes = {};
  bool keep_axes = false;
  std::int64_t correction = 1;  ///< divides by n - correction
};
Tensor var(const Tensor& x, const VarOptions& options = {});
/// sqrt(var(x)); its derivative is 0 where the variance is 0.
Tensor std_dev(const Tensor& x, const VarOptions& options = {});

/// The first index of the largest element along `axis`, i64; a NaN counts as largest (NumPy).
Tensor argmax(const Tensor& x, int axis = -1);
Tensor argmin(const Tensor& x, int axis = -1);
Tensor cumulative_sum(const Tensor& x, int axis = -1);
Tensor cumulative_prod(const Tensor& x, int axis = -1);
/// h[k] = decay[k] * h[k - 1] + input[k] along `axis`, from h[-1] = 0: moving averages, discounted
/// returns, and the derivative of cumulative_prod. decay and input have one shape.
Tensor linear_recurrence(const Tensor& decay, const Tensor& input, int axis = -1);

/// Sums a gradient back to the shape that broadcasting enlarged.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace gradus
