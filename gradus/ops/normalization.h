#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kLayerNorm, kBatchNorm, kNormalizationGradient;

/// (x - mean) / sqrt(var + epsilon) * scale + shift over the last `scale.rank()` axes.
/// Source: Ba, Kiros and Hinton 2016, eq. 4. scale and shift may be undefined; without either the
/// last axis alone is normalised.
Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, float epsilon = 1e-5f);

struct BatchNormResult {
  Tensor output;    ///< x's shape
  Tensor mean;      ///< (channels)
  Tensor variance;  ///< (channels), divided by n
};
/// Normalises channel axis 1 of x (batch, channels, ...) by the batch's own mean and variance.
/// Source: Ioffe and Szegedy 2015, algorithm 1. scale and shift (channels) may be undefined.
BatchNormResult batch_norm(const Tensor& x, const Tensor& scale, const Tensor& shift,
                           float epsilon = 1e-5f);

}  // namespace gradus
