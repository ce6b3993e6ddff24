// Internal: the kernels of convolutions.
#pragma once

#include <vector>

#include "gradus/core/op_def.h"
#include "gradus/ops/convolution.h"
#include "gradus/ops/feature_map.h"
#include "gradus/ops/precision.h"

// What the three operations of convolution.cpp ask of the kernels below them.

namespace gradus {

/// The attributes of a convolution and of its two gradients, one entry per spatial axis.
struct ConvolutionAttributes {
  Dims stride, before, after, dilation;
  std::int64_t groups = 1;
  ConvolutionAlgorithm algorithm = ConvolutionAlgorithm::automatic;
  ProductPrecision precision = ProductPrecision::full;  ///< of f32
  /// For the gradients, what their inputs do not tell: the spatial extents of x for the data
  /// gradient, of the weight for the weight gradient.
  Dims extents = {};

  void fields(FieldVisitor& v) const {
    v("stride", stride);
    v("padding", before);
    v("padding_after", after);
    v("dilation", dilation);
    v("groups", groups);
    v("algorithm", static_cast<int>(algorithm));
    v("precision", static_cast<int>(precision));
    v("extents", extents);
  }
};

/// The sizes of y = convolution(x, weight), in whichever direction it is computed.
struct ConvolutionSizes {
  std::int64_t batch, in, out, groups;
  Spatial x, kernel, y;
  Spatial stride, before, after, dilation;
  int axes;  ///< spatial axes

  std::int64_t positions() const { return y[0] * y[1] * y[2]; }
  std::int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  std::int64_t multiply_adds() const { return batch * positions() * out * taps() * (in / groups); }
};

// The sizes of the call, for each of the three operations.
ConvolutionSizes forward_sizes(const KernelContext& context);
ConvolutionSizes data_gradient_sizes(const KernelContext& context);
ConvolutionSizes weight_gradient_sizes(const KernelContext& context);

// Plain loops.
void run_convolution_reference(const KernelContext& context);
void run_data_gradient_reference(const KernelContext& context);
void run_weight_gradient_reference(const KernelContext& context);

// Winograd's minimal filtering, channels last, f32 and f64.
/// What keeps a convolution of these sizes from being computed so, or nullptr.
const char* why_not_winograd(const ConvolutionSizes& sizes);
const char* refuse_convolution_winograd(const KernelContext& context);
const char* refuse_data_gradient_winograd(const KernelContext& context);
const char* refuse_weight_gradient_winograd(const KernelContext& context);
void run_convolution_winograd(const KernelContext& context);
void run_data_gradient_winograd(const KernelContext& context);
void run_weight_gradient_winograd(const KernelContext& context);

// Products of runs of the map, channels last, f32 and f64.
const char* refuse_convolution_runs(const KernelContext& context);
const char* refuse_data_gradient_runs(const KernelContext& context);
void run_convolution_runs(const KernelContext& context);
void run_data_gradient_runs(const KernelContext& context);

// oneDNN, channels last, f32.
const char* refuse_convolution_onednn(const KernelContext& context);
const char* refuse_data_gradient_onednn(const KernelContext& context);
const char* refuse_weight_gradient_onednn(const KernelContext& context);
void run_convolution_onednn(const KernelContext& context);
void run_data_gradient_onednn(const KernelContext& context);
void run_weight_gradient_onednn(const KernelContext& context);

// bf16 precision of f32, where sizes let it gain: oneDNN where the processor multiplies bf16, else
// the kernels behind this one, on operands that are rounded and stay f32.
const char* refuse_convolution_bf16(const KernelContext& context);
const char* refuse_data_gradient_bf16(const KernelContext& context);
const char* refuse_weight_gradient_bf16(const KernelContext& context);
void run_convolution_bf16(const KernelContext& context);
void run_data_gradient_bf16(const KernelContext& context);
void run_weight_gradient_bf16(const KernelContext& context);
/// Calls a kernel of a convolution with both operands rounded to bf16, in f32.
void run_on_rounded(const KernelContext& context, void (*run)(const KernelContext&));

// Matrix products of patches, channels last, f32 and f64.
const char* refuse_convolution_blocked(const KernelContext& context);
const char* refuse_data_gradient_blocked(const KernelContext& context);
const char* refuse_weight_gradient_blocked(const KernelContext& context);
void run_convolution_blocked(const KernelContext& context);
void run_data_gradient_blocked(const KernelContext& context);
void run_weight_gradient_blocked(const KernelContext& context);

std::vector<Sample> convolution_samples();
std::vector<Sample> data_gradient_samples();
std::vector<Sample> weight_gradient_samples();

}  // namespace gradus
