#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kConvolution, kConvolutionDataGradient, kConvolutionWeightGradient;

/// How a convolution and its gradients are computed.
enum class ConvolutionAlgorithm {
  automatic,  ///< winograd for f32 where it was measured to be faster, else direct
  direct,     ///< by the definition
  /// By Winograd's minimal filtering (Lavin and Gray 2016), for kernels of 3x3 and 5x5 with stride
  /// 1, dilation 1 and one group, over two spatial axes: a quarter of the multiplications for 3x3,
  /// 0.36 of them for 5x5. In f32, with normally distributed operands, errors have about twice the
  /// size of those of a direct sum: at most 2e-5 of the root mean square of the result for up to
  /// 512 channels. An infinity or NaN in the operand makes all positions of its tile NaN (up to 4x4),
  /// not only those that it reaches by the definition.
  winograd,
};

/// One entry per spatial axis, or one for all; padding before and after each axis is the same
/// unless padding_after says otherwise.
struct ConvolutionOptions {
  Dims stride = {1};
  Dims padding = {0};
  Dims padding_after = {};
  Dims dilation = {1};
  std::int64_t groups = 1;
  ConvolutionAlgorithm algorithm = ConvolutionAlgorithm::automatic;
};

/// Cross-correlation, as networks use it, in 1, 2 or 3 spatial dimensions. Throws Error if the
/// algorithm is winograd and cannot be used.
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
