// Internal: convolutions by Winograd's minimal filtering.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gradus/base/dtype.h"

// y is cut into tiles, of 4x4 positions for kernels of 3x3 and 2x2 for 5x5. The window of 6x6
// elements of x behind a tile and the taps of a filter become 36 numbers each
// (winograd_lines-inl.h), whose products, summed over channels, become the tile: 36 multiplications
// where the definition has 144 or 100. The sums over channels are 36 matrix products (tiles, in) x
// (in, out). Tiles are taken in groups, so that what was transformed is still in the caches when it
// is multiplied and transformed back.

namespace gradus::winograd {

constexpr std::int64_t kWindow = 6;
constexpr std::int64_t kPoints = kWindow * kWindow;

constexpr bool takes(std::int64_t taps) { return taps == 3 || taps == 5; }

struct Extents {
  std::int64_t rows, columns;
};

/// The sizes of y = convolution(x, weight) with stride 1: x (batch, in, ...), weight (out, in,
/// taps, taps), y (batch, out, ...), the maps dense with channels last; f32 or f64.
struct Sizes {
  DType dtype;
  std::int64_t batch, in, out, taps;
  Extents x, y;
  Extents before;  ///< padding; negative where the first elements of x are left out

  std::int64_t tile() const { return kWindow + 1 - taps; }
  Extents tiles() const {
    return {(y.rows + tile() - 1) / tile(), (y.columns + tile() - 1) / tile()};
  }
  std::int64_t tiles_of_image() const { return tiles().rows * tiles().columns; }
  std::int64_t tile_count() const { return batch * tiles_of_image(); }
};

/// A weight (out, in, taps, taps), with the taps of a filter next to each other.
struct Weight {
  const std::byte* data;
  std::int64_t out, in;  ///< strides in elements
  bool turned;           ///< by 180 degrees: the last tap comes first
};

/// Tiles [begin, end) of a convolution.
struct TileGroup {
  const Sizes& sizes;
  std::int64_t begin, end;
  const std::byte* x;
  const std::byte* weight;  ///< in the points
  const std::byte* bias;    ///< (out), or nullptr
  std::byte* y;
};

/// Tiles [begin, end) of the gradient of a weight.
struct GradientGroup {
  const Sizes& sizes;
  std::int64_t begin, end;
  const std::byte* y;
  const std::byte* x;
  std::byte* y_points;
  std::byte* x_points;
  std::byte* sums;         ///< at each point (in, padded out)
  const std::byte* zeros;  ///< a row of channels, read for elements outside of x and y

  std::int64_t tiles() const { return end - begin; }
};

/// Channels that fill a panel of the products, which are padded to whole ones.
std::int64_t least_channels(DType dtype);

/// What a weight takes in the points, and to bring it there.
std::size_t transformed_bytes(const Sizes& sizes);
void transform_weight(const Sizes& sizes, const Weight& weight, std::byte* transformed);

/// y = convolution(x, weight) + bias (out), which is contiguous or nullptr; the weight in the points.
void convolve(const Sizes& sizes, const std::byte* x, const std::byte* weight,
              const std::byte* bias, std::byte* y);

/// The gradient of `weight`, row-major, for the gradient `y` of the result.
void differentiate_weight(const Sizes& sizes, const std::byte* y, const std::byte* x,
                          std::byte* weight);

}  // namespace gradus::winograd
