#include "gradus/ops/feature_map.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"

namespace gradus {

Spatial spatial(std::span<const std::int64_t> dims, std::int64_t absent) {
  Spatial result{absent, absent, absent};
  std::copy(dims.begin(), dims.end(), result.end() - static_cast<std::ptrdiff_t>(dims.size()));
  return result;
}

Spatial spatial_extents(const Shape& shape) { return spatial({shape.begin() + 2, shape.end()}, 1); }

MapStrides map_strides(const Array& map) {
  return {map.strides[0], map.strides[1], spatial({map.strides.begin() + 2, map.strides.end()}, 0)};
}

Strides channels_last(const Shape& shape) {
  Strides strides(static_cast<std::size_t>(shape.rank()), 1);
  std::int64_t step = std::max<std::int64_t>(shape[1], 1);
  for (int axis = shape.rank() - 1; axis >= 2; --axis) {
    strides[static_cast<std::size_t>(axis)] = step;
    step *= std::max<std::int64_t>(shape[axis], 1);
  }
  strides[0] = step;
  return strides;
}

bool is_channels_last(const Array& map) {
  const Strides wanted = channels_last(map.shape);
  for (int axis = 0; axis < map.shape.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    if (map.shape[axis] > 1 && map.strides[at] != wanted[at]) return false;
  }
  return true;
}

Array channels_last_copy(const Array& map) {
  if (is_channels_last(map)) return map;
  Array copy{.shape = map.shape, .dtype = map.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(copy);
  copy.strides = channels_last(map.shape);
  copy_strided(map.shape, size_of(map.dtype), map.bytes(), map.strides, copy.mutable_bytes(),
               copy.strides);
  return copy;
}

Dims per_axis(const char* operation, const char* option, const Dims& entries, std::size_t axes,
              std::int64_t least) {
  const auto listed = [&] { return fmt::format("{} [{}]", option, fmt::join(entries, ", ")); };
  if (entries.size() != 1 && entries.size() != axes) {
    throw Error(
        ErrorCode::invalid_argument, operation,
        fmt::format("{} has {} entries, but there {}", listed(), entries.size(),
                    axes == 1 ? "is 1 spatial axis" : fmt::format("are {} spatial axes", axes)));
  }
  for (const std::int64_t entry : entries) {
    if (entry < least) {
      throw Error(ErrorCode::invalid_argument, operation,
                  fmt::format("{} has an entry below {}", listed(), least));
    }
  }
  return entries.size() == axes ? entries : Dims(axes, entries[0]);
}

}  // namespace gradus
