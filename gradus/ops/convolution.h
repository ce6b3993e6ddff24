#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kConvolution, kConvolutionDataGradient, kConvolutionWeightGradient;

/// One entry per spatial axis, or one for all; padding before and after each axis is the same
/// unless padding_after says otherwise.
struct ConvolutionOptions {
  Dims stride = {1};
  Dims padding = {0};
  Dims padding_after = {};
  Dims dilation = {1};
  std::int64_t groups = 1;
};

/// Cross-correlation, as networks use it, in 1, 2 or 3 spatial dimensions:
/// x (batch, in, spatial...), weight (out, in / groups, kernel...), bias (out) or undefined
/// -> (batch, out, (spatial + before + after - dilation * (kernel - 1) - 1) / stride + 1).
Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                   const ConvolutionOptions& options = {});

struct TransposedConvolutionOptions {
  Dims stride = {1};
  Dims padding = {0};
  Dims output_padding = {0};
  Dims dilation = {1};
  std::int64_t groups = 1;
};
/// The gradient of a convolution with respect to its input, as a layer:
/// x (batch, in, spatial...), weight (in, out / groups, kernel...)
/// -> (spatial - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1.
Tensor transposed_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                              const TransposedConvolutionOptions& options = {});

}  // namespace gradus
