#pragma once

#include "gradus/nn/layer.h"

namespace gradus::nn {

/// Lists hold one entry for each spatial axis, or one for all.
struct PoolingOptions {
  Dims kernel_size = {2};
  Dims stride = {};  ///< empty: the kernel size
  Dims padding = {0};
  void fields(OptionVisitor& v);
};

/// The largest element of each window: (batch, channels, spatial...), 1 to 3 spatial axes.
struct MaxPool : LayerOf<MaxPool> {
  static constexpr const char* kKind = "max_pool";
  PoolingOptions options;
  explicit MaxPool(const PoolingOptions& chosen = {}) : options(chosen) {}
  Tensor operator()(const Tensor& x) const;
};

/// The mean of each window, padding left out.
struct AveragePool : LayerOf<AveragePool> {
  static constexpr const char* kKind = "average_pool";
  PoolingOptions options;
  explicit AveragePool(const PoolingOptions& chosen = {}) : options(chosen) {}
  Tensor operator()(const Tensor& x) const;
};

/// (batch, channels, spatial...) -> (batch, channels)
struct GlobalAveragePool : LayerOf<GlobalAveragePool> {
  static constexpr const char* kKind = "global_average_pool";
  Tensor operator()(const Tensor& x) const;
};

/// (batch, channels, spatial...) -> (batch, channels)
struct GlobalMaxPool : LayerOf<GlobalMaxPool> {
  static constexpr const char* kKind = "global_max_pool";
  Tensor operator()(const Tensor& x) const;
};

}  // namespace gradus::nn
