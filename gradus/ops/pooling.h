#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kMaxPool, kMaxPoolGradient, kAveragePool, kAveragePoolGradient;

struct PoolOptions {
  Dims window = {2};
  Dims stride = {};  ///< empty: the window
  Dims padding = {0};
};
/// x (batch, channels, spatial...). Padding counts as minus infinity. NaN wins.
Tensor max_pool(const Tensor& x, const PoolOptions& options = {});
/// Padding is not counted in the average.
Tensor average_pool(const Tensor& x, const PoolOptions& options = {});
/// The mean over all spatial axes. (batch, channels, spatial...) -> (batch, channels)
Tensor global_average_pool(const Tensor& x);
Tensor global_max_pool(const Tensor& x);

}  // namespace gradus
