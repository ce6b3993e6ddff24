// Internal: the kernels of pooling.
#pragma once

#include <vector>

#include "gradus/core/op_def.h"
#include "gradus/ops/feature_map.h"

// What the operations of pooling.cpp ask of the kernels below them.

namespace gradus {

/// The attributes of pooling and its gradients, one entry per spatial axis.
struct PoolAttributes {
  Dims window, stride, padding;
  /// For the gradient of average pooling: the spatial extents of x.
  Dims extents = {};

  void fields(FieldVisitor& v) const {
    v("window", window);
    v("stride", stride);
    v("padding", padding);
    v("extents", extents);
  }
};

/// The sizes of y = pool(x).
struct PoolSizes {
  std::int64_t batch, channels;
  Spatial x, y, window, stride, padding;

  PoolSizes(const Shape& x_shape, const Shape& y_shape, const PoolAttributes& attributes);

  std::int64_t taps() const { return window[0] * window[1] * window[2]; }
  /// The part of a window that lies inside x, for position `at` of y: [begin, end) on each axis.
  struct Inside {
    Spatial begin, end;
    std::int64_t count() const {
      return (end[0] - begin[0]) * (end[1] - begin[1]) * (end[2] - begin[2]);
    }
  };
  Inside inside(const Spatial& at) const;
};

// Plain loops.
void run_max_pool_reference(const KernelContext& context);
void run_max_pool_gather_reference(const KernelContext& context);
void run_max_pool_gradient_reference(const KernelContext& context);
void run_average_pool_reference(const KernelContext& context);
void run_average_pool_gradient_reference(const KernelContext& context);

// Vectors of neighbouring channels; f32 and f64.
const char* refuse_channels_last(const KernelContext& context);
void run_max_pool(const KernelContext& context);
void run_max_pool_gather(const KernelContext& context);
void run_max_pool_gradient(const KernelContext& context);
void run_average_pool(const KernelContext& context);
void run_average_pool_gradient(const KernelContext& context);

}  // namespace gradus
