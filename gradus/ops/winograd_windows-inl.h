// Internal: windows of feature maps in the points of Winograd's convolution.
// Include after hwy/foreach_target.h.

#if defined(GRADUS_OPS_WINOGRAD_WINDOWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_WINOGRAD_WINDOWS_INL_H_
#undef GRADUS_OPS_WINOGRAD_WINDOWS_INL_H_
#else
#define GRADUS_OPS_WINOGRAD_WINDOWS_INL_H_
#endif

#include "gradus/ops/product_tile-inl.h"
#include "gradus/ops/row_pieces-inl.h"
#include "gradus/ops/winograd.h"
#include "gradus/ops/winograd_lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
using namespace winograd;

/// `channels`, rounded up to whole panels.
template <class T>
constexpr std::int64_t padded(std::int64_t channels) {
  return (channels + kTileColumns<T> - 1) / kTileColumns<T> * kTileColumns<T>;
}

/// How some tiles lie in the 36 points, in elements. Channels are in panels of kTileColumns.
struct PointLayout {
  std::int64_t point, tile, panel;
};

/// Tiles as rows of all their channels. The points are not a power of two apart, or all 36 would
/// meet in few sets of the first-level cache; so it is below.
template <class T>
PointLayout in_rows(std::int64_t tiles, std::int64_t channels) {
  const std::int64_t row = padded<T>(channels);
  return {tiles * row + kTileColumns<T>, row, kTileColumns<T>};
}

/// Panels of channels one after the other, each (tiles, kTileColumns).
template <class T>
PointLayout in_panels(std::int64_t tiles, std::int64_t channels) {
  return {tiles * padded<T>(channels) + kTileColumns<T>, kTileColumns<T>, tiles * kTileColumns<T>};
}

/// A feature map, dense with channels last. T may be const.
template <class T>
struct Map {
  T* data;
  Extents extents;
  std::int64_t channels;
};

/// Where the channels of each element of a square begin; `outside` for elements not in the map.
template <int kSide, class T>
struct Square {
  T* at[kSide * kSide];

  Square(const Map<T>& map, std::int64_t image, std::int64_t top, std::int64_t left, T* outside) {
    for (std::int64_t i = 0; i < kSide; ++i) {
      const std::int64_t row = top + i;
      const bool row_inside = row >= 0 && row < map.extents.rows;
      T* first = map.data + (image * map.extents.rows + row) * map.extents.columns * map.channels;
      for (std::int64_t j = 0; j < kSide; ++j) {
        const std::int64_t column = left + j;
        const bool inside = row_inside && column >= 0 && column < map.extents.columns;
        at[i * kSide + j] = inside ? first + column * map.channels : outside;
      }
    }
  }
};

/// The place of a tile: its image, and its first position in y.
struct TilePlace {
  std::int64_t image, row, column;

  TilePlace(const Sizes& sizes, std::int64_t tile)
      : image(tile / sizes.tiles_of_image()),
        row(tile % sizes.tiles_of_image() / sizes.tiles().columns * sizes.tile()),
        column(tile % sizes.tiles().columns * sizes.tile()) {}
};

/// The elements of x behind a tile.
template <class T>
Square<kWindow, const T> window_of(const Sizes& sizes, const T* x, std::int64_t tile,
                                   const T* zeros) {
  const TilePlace place(sizes, tile);
  return {Map<const T>{x, sizes.x, sizes.in}, place.image, place.row - sizes.before.rows,
          place.column - sizes.before.columns, zeros};
}

/// The positions of y in a tile.
template <int kTile, class T>
Square<kTile, T> tile_of(const Sizes& sizes, T* y, std::int64_t tile, T* outside) {
  const TilePlace place(sizes, tile);
  return {Map<T>{y, sizes.y, sizes.out}, place.image, place.row, place.column, outside};
}

/// Brings a square of `channels` channels into the points, by `line` along each axis.
template <int kSide, class T, class Line>
HWY_INLINE void square_to_points(const Square<kSide, const T>& square, std::int64_t channels,
                                 const PointLayout& layout, Line line, T* to) {
  const hn::ScalableTag<T> d;
  for_pieces<T>(channels, [&](const Piece<T>& piece) HWY_ATTR {
    T* first = to + piece.at / kTileColumns<T> * layout.panel + piece.at % kTileColumns<T>;
    transform_square<kSide, kWindow>(
        d, [&](int i, int j) HWY_ATTR { return piece.load(square.at[i * kSide + j]); }, line,
        [&](int i, int j, auto v)
            HWY_ATTR { hn::Store(v, d, first + (i * kWindow + j) * layout.point); });
  });
  // Where channels fill no whole panel, what the products read beside them is zero.
  constexpr std::int64_t lanes = kTileColumns<T> / 2;
  for (std::int64_t c = (channels + lanes - 1) / lanes * lanes; c < padded<T>(channels);
       c += lanes) {
    T* first = to + c / kTileColumns<T> * layout.panel + c % kTileColumns<T>;
    for (std::int64_t i = 0; i < kPoints; ++i) hn::Store(hn::Zero(d), d, first + i * layout.point);
  }
}

/// Calls f<T, kTaps>() for the type and the kernel of a convolution.
template <class F>
auto with_type_and_taps(const Sizes& sizes, F&& f) {
  if (sizes.dtype == DType::f32) {
    return sizes.taps == 3 ? f.template operator()<float, 3>() : f.template operator()<float, 5>();
  }
  return sizes.taps == 3 ? f.template operator()<double, 3>() : f.template operator()<double, 5>();
}

template <class T>
void window_to_points(const Square<kWindow, const T>& window, std::int64_t channels,
                      const PointLayout& layout, T* to) {
  const hn::ScalableTag<T> d;
  square_to_points(
      window, channels, layout,
      [&](const auto* from, auto* at) HWY_ATTR { data_to_points(d, from, at); }, to);
}

template <int kTile, class T>
void gradient_to_points(const Square<kTile, const T>& tile, std::int64_t channels,
                        const PointLayout& layout, T* to) {
  const hn::ScalableTag<T> d;
  square_to_points(
      tile, channels, layout,
      [&](const auto* from, auto* at) HWY_ATTR { evaluate<kTile>(d, from, at); }, to);
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
