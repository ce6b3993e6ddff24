// Internal: what the normalisations compute on memory, with vector instructions.
#pragma once

#include <cstdint>

#include "gradus/ops/along_axis.h"

namespace gradus {

// Element types are f32 or f64 throughout; x, y, gradient and result are dense and laid out alike.
// Along the channel axis, `length` is the number of channels.

/// What a channel's elements go through: (x - centre) * factor + offset.
struct ChannelMap {
  const void *centre, *factor, *offset;  // (channels)
};

/// result = ((gradient - mean_gradient) - (x - centre) * slope) * factor
struct ChannelGradient {
  const void *centre, *mean_gradient, *slope, *factor;  // (channels)
};

/// Rows of x with what layer normalisation needs.
struct NormRows {
  const void* x;  // (rows, length)
  std::int64_t rows, length;
};

struct NormalizationFunctions {
  void (*map_channels)(AlongAxis along, const void* x, const ChannelMap& map, void* y);
  /// sums[c] = sum(gradient), sums[channels + c] = sum(gradient * (x - centre[c]))
  void (*channel_sums)(AlongAxis along, const void* x, const void* gradient, const void* centre,
                       double* sums);
  void (*map_channel_gradient)(AlongAxis along, const void* x, const void* gradient,
                               const ChannelGradient& map, void* result);

  /// y = (x - mean) / sqrt(variance + epsilon) * scale + shift; scale and shift: (length).
  void (*normalize_rows)(const NormRows& rows, double epsilon, const void* scale, const void* shift,
                         void* y, void* mean, void* variance);
  /// The gradient of x, and unless `sums` is nullptr those of scale and shift: (2, length).
  void (*row_gradient)(const NormRows& rows, double epsilon, const void* mean, const void* variance,
                       const void* gradient, const void* scale, void* result, double* sums);
};
const NormalizationFunctions& normalization_functions(DType dtype);

}  // namespace gradus
