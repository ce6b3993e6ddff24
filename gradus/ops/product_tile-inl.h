// Internal: the part of a matrix product that is kept in registers.
// Include after hwy/foreach_target.h.

#if defined(GRADUS_OPS_PRODUCT_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_PRODUCT_TILE_INL_H_
#undef GRADUS_OPS_PRODUCT_TILE_INL_H_
#else
#define GRADUS_OPS_PRODUCT_TILE_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "gradus/base/dtype.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A tile of c is kept in registers: at most kTileRows rows of two vectors. Here a is read where it
// lies: its few rows stay in the first-level cache.
constexpr int kTileRows = HWY_MAX_BYTES == 64 ? 12 : 6;
template <class T>
constexpr std::int64_t kTileColumns = 2 * HWY_MAX_BYTES / sizeof(T);
/// Columns of a panel: a processor with wider vectors packs b for wider tiles.
inline std::int64_t panel_columns(DType dtype) {
  return dtype == DType::f32 ? kTileColumns<float> : kTileColumns<double>;
}
// A panel of b takes about two thirds of the first-level cache.
template <class T>
constexpr std::int64_t kTileDepth = (HWY_MAX_BYTES == 64 ? 32 << 10 : 20 << 10) / kTileColumns<T> /
                                    static_cast<std::int64_t>(sizeof(T));

/// c (rows, kTileColumns) = a (rows, depth) b (depth, kTileColumns), strides in elements. Each
/// element is summed in the order of the depth.
template <class T>
struct Tile {
  std::int64_t depth;
  const T* a;
  std::int64_t a_row, a_column;
  const T* b;  // rows next to each other
  T* c;
  std::int64_t c_row;
  bool add;  // to what c holds, else c is overwritten
};

template <int kHeight, class T>
void multiply_tile(const Tile<T>& tile) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t lanes = kTileColumns<T> / 2;
  hn::Vec<decltype(d)> left[kHeight], right[kHeight];
#pragma GCC unroll 16
  for (int i = 0; i < kHeight; ++i) left[i] = right[i] = hn::Zero(d);
  const T* a = tile.a;
  const T* b = tile.b;
  for (std::int64_t l = 0; l < tile.depth; ++l, b += kTileColumns<T>, a += tile.a_column) {
    const auto b_left = hn::Load(d, b);
    const auto b_right = hn::Load(d, b + lanes);
#pragma GCC unroll 16
    for (int i = 0; i < kHeight; ++i) {
      const auto value = hn::Set(d, a[i * tile.a_row]);
      left[i] = hn::MulAdd(value, b_left, left[i]);
      right[i] = hn::MulAdd(value, b_right, right[i]);
    }
  }
  T* c = tile.c;
#pragma GCC unroll 16
  for (int i = 0; i < kHeight; ++i, c += tile.c_row) {
    if (tile.add) {
      left[i] = hn::Add(hn::LoadU(d, c), left[i]);
      right[i] = hn::Add(hn::LoadU(d, c + lanes), right[i]);
    }
    hn::StoreU(left[i], d, c);
    hn::StoreU(right[i], d, c + lanes);
  }
}

/// A tile of any height up to kTileRows.
template <int kHeight = kTileRows, class T>
HWY_INLINE void multiply_tile_of(int height, const Tile<T>& tile) {
  if constexpr (kHeight > 1) {
    if (height < kHeight) return multiply_tile_of<kHeight - 1>(height, tile);
  }
  multiply_tile<kHeight>(tile);
}

/// `rows` rows of a tile, in tiles above each other that are about equally high.
template <class T>
void multiply_column_of_tiles(std::int64_t rows, Tile<T> tile) {
  const std::int64_t tiles = (rows + kTileRows - 1) / kTileRows;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t height = rows * (i + 1) / tiles - rows * i / tiles;
    multiply_tile_of(static_cast<int>(height), tile);
    tile.a += height * tile.a_row;
    tile.c += height * tile.c_row;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
