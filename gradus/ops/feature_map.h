// Internal: the sizes of a feature map and of windows over it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "gradus/core/array.h"

// Feature maps (batch, channels, 1 to 3 spatial axes), as convolutions and pooling see them.

namespace gradus {

/// Positions, extents or steps along three spatial axes; absent ones come first, with extent 1.
using Spatial = std::array<std::int64_t, 3>;

/// The spatial part of `dims` (one entry per spatial axis), filled up with `absent`.
Spatial spatial(std::span<const std::int64_t> dims, std::int64_t absent);
/// The extents of the spatial axes of a feature map or a kernel.
Spatial spatial_extents(const Shape& shape);

/// Strides of a feature map, in elements.
struct MapStrides {
  std::int64_t batch, channel;
  Spatial space;
};
MapStrides map_strides(const Array& map);

/// Strides with the channels innermost: the layout in which vector instructions meet neighbouring
/// channels, and in which convolutions and pooling write their results.
Strides channels_last(const Shape& shape);
bool is_channels_last(const Array& map);
/// `map` itself if it is dense with channels last, else a copy that is.
Array channels_last_copy(const Array& map);

/// An option of `operation` with one entry per spatial axis: one entry stands for all. Throws Error
/// for another number of entries or one below `least`.
Dims per_axis(const char* operation, const char* option, const Dims& entries, std::size_t axes,
              std::int64_t least);

}  // namespace gradus
