#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kMaxPool, kMaxPoolGather, kMaxPoolGradient, kAveragePool, kAveragePoolGradient;

struct PoolOptions {
  Dims window = {2};
  Dims stride = {};  ///< empty: the window
  Dims padding = {0};
};
/// x (batch, channels, spatial...) -> (batch, channels, (spatial + 2 padding - window) / stride +
/// 1). Padding, which must be below the window, counts as minus infinity. NaN wins. The gradient
/// goes to the first of equal elements, or to the last NaN.
Tensor max_pool(const Tensor& x, const PoolOptions& options = {});
/// Padding is not counted in the average.
Tensor average_pool(const Tensor& x, const PoolOptions& options = {});
/// The mean over all spatial axes. (batch, channels, spatial...) -> (batch, channels)
Tensor global_average_pool(const Tensor& x);
Tensor global_max_pool(const Tensor& x);

}  // namespace gradus
