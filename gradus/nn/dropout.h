#pragma once

#include "gradus/nn/layer.h"

namespace gradus::nn {

struct DropoutOptions {
  float rate = 0.5f;  ///< share of the elements that become 0
  void fields(OptionVisitor& v) { v("rate", rate); }
};

/// In training, sets each element to 0 with probability `rate` and multiplies the others by
/// 1 / (1 - rate), so that nothing is left to do in evaluation. Source: Srivastava et al. 2014.
struct Dropout : LayerOf<Dropout> {
  static constexpr const char* kKind = "dropout";
  DropoutOptions options;
  explicit Dropout(const DropoutOptions& chosen = {});
  Tensor operator()(const Tensor& x, Context& context) const;
};

/// Dropout of whole channels of (batch, channels, spatial...). Source: Tompson et al. 2015.
struct SpatialDropout : LayerOf<SpatialDropout> {
  static constexpr const char* kKind = "spatial_dropout";
  DropoutOptions options;
  explicit SpatialDropout(const DropoutOptions& chosen = {});
  Tensor operator()(const Tensor& x, Context& context) const;
};

struct MonteCarloPrediction {
  Tensor mean;       ///< of the model's outputs
  Tensor deviation;  ///< their standard deviation, divided by n - 1
};
/// Runs `model` on `x` `samples` times with dropout acting and all else in evaluation.
/// Source: Gal and Ghahramani 2016.
MonteCarloPrediction monte_carlo(Layer& model, const Tensor& x, int samples, const Key& key);

}  // namespace gradus::nn
