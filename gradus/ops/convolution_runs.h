// Internal: direct convolutions that read their operand where it lies.
#pragma once

#include <cstdint>

#include "gradus/ops/convolution_kernels.h"

// In a map with channels last, what a filter meets in one line of the map (the taps along the last
// axis, all their channels) is one run of memory. The next position of y meets the run that begins
// `stride` elements later. So a line of y is a sum of matrix products over the lines of the kernel,
// whose left operands lie in x as they are, their rows overlapping: no patches are written.

namespace gradus {

/// y = convolution(x, weight) with no padding left to add, dense with channels last; f32 or f64.
struct RunConvolution {
  DType dtype;
  ConvolutionSizes sizes;
  const std::byte* x;
  const std::byte* weight;  ///< (groups, filters of a group, kernel..., channels of a group)
  const std::byte* bias;    ///< (out), or nullptr
  std::byte* y;

  std::int64_t channels() const { return sizes.in / sizes.groups; }
  std::int64_t filters() const { return sizes.out / sizes.groups; }
  std::int64_t lines() const { return sizes.batch * sizes.y[0] * sizes.y[1]; }
  /// Taps whose channels lie next to each other.
  std::int64_t taps_of_run() const {
    return sizes.groups == 1 && sizes.dilation[2] == 1 ? sizes.kernel[2] : 1;
  }
};

void convolve_runs(const RunConvolution& convolution);

/// Filters of a group must be a multiple of this.
std::int64_t filters_of_panel(DType dtype);

}  // namespace gradus
