#include "gradus/ops/prepared_operand.h"

#include <algorithm>

#include "gradus/memory/allocator.h"
#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/prepared_operand.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/panels-inl.h"
#include "gradus/ops/product_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

/// A tile whose last columns are not of c: computed beside it, and the others copied.
template <class T>
void multiply_edge(int height, Tile<T> tile, std::int64_t width) {
  alignas(64) T beside[kTileRows * kTileColumns<T>];
  T* c = tile.c;
  const std::int64_t c_row = tile.c_row;
  tile.c = beside;
  tile.c_row = kTileColumns<T>;
  for (int i = 0; i < height && tile.add; ++i) {
    std::copy_n(c + i * c_row, width, beside + i * kTileColumns<T>);
    std::fill_n(beside + i * kTileColumns<T> + width, kTileColumns<T> - width, T(0));
  }
  multiply_tile_of(height, tile);
  for (int i = 0; i < height; ++i) std::copy_n(beside + i * kTileColumns<T>, width, c + i * c_row);
}

template <class T>
void multiply_panels_as(const Product& p) {
  const T* packed = reinterpret_cast<const T*>(p.b);
  const std::int64_t heights = (p.m + kTileRows - 1) / kTileRows;  // tiles above each other
  const std::int64_t height = (p.m + heights - 1) / heights;
  for (std::int64_t from = 0; from < p.k; from += kTileDepth<T>) {
    for (std::int64_t column = 0; column < p.n; column += kTileColumns<T>) {
      Tile<T> tile{std::min(kTileDepth<T>, p.k - from),
                   reinterpret_cast<const T*>(p.a) + from,
                   p.a_row,
                   1,
                   packed + column * p.k + from * kTileColumns<T>,
                   reinterpret_cast<T*>(p.c) + column,
                   p.c_row,
                   from > 0};
      const std::int64_t width = std::min(kTileColumns<T>, p.n - column);
      for (std::int64_t row = 0; row < p.m; row += height) {
        const auto rows = static_cast<int>(std::min(height, p.m - row));
        if (width == kTileColumns<T>) {
          multiply_tile_of(rows, tile);
        } else {
          multiply_edge(rows, tile, width);
        }
        tile.a += height * p.a_row;
        tile.c += height * p.c_row;
      }
    }
  }
}

void multiply_panels(const Product& p) {
  p.dtype == DType::f32 ? multiply_panels_as<float>(p) : multiply_panels_as<double>(p);
}

template <class T>
void pack_as(const RightOperand& b, std::byte* to) {
  const T* from = reinterpret_cast<const T*>(b.data);
  T* panel = reinterpret_cast<T*>(to);
  for (std::int64_t column = 0; column < b.n;
       column += kTileColumns<T>, panel += b.k * kTileColumns<T>) {
    pack_panel<T, kTileColumns<T>>(from + column * b.column, b.column, b.row,
                                   std::min(kTileColumns<T>, b.n - column), b.k, panel);
  }
}

void pack_panels(const RightOperand& b, std::byte* to) {
  b.dtype == DType::f32 ? pack_as<float>(b, to) : pack_as<double>(b, to);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {

GRADUS_EXPORT(multiply_panels);
GRADUS_EXPORT(panel_columns);
GRADUS_EXPORT(pack_panels);

// To pack b takes the time of some dozen products of so few rows, and saves little in each.
constexpr std::int64_t kFewRows = 3;

}  // namespace

PreparedOperand::PreparedOperand(const RightOperand& b, std::int64_t rows) : b_(b) {
  if (rows <= kFewRows || b.k == 0 || b.n == 0) return;
  const std::int64_t columns = GRADUS_DISPATCH(panel_columns)(b.dtype);
  const std::int64_t panels = (b.n + columns - 1) / columns;
  packed_ = allocate(static_cast<std::size_t>(panels * columns * b.k) * size_of(b.dtype));
  GRADUS_DISPATCH(pack_panels)(b, packed_.data());
}

void PreparedOperand::multiply(std::int64_t rows, const std::byte* a, std::int64_t a_row,
                               std::byte* c, std::int64_t c_row) const {
  Product p;
  p.dtype = b_.dtype;
  p.m = rows;
  p.n = b_.n;
  p.k = b_.k;
  p.a = a;
  p.a_row = a_row;
  p.a_column = 1;
  p.b = b_.data;
  p.b_row = b_.row;
  p.b_column = b_.column;
  p.c = c;
  p.c_row = c_row;
  if (!packed_) return multiply_packed(p);
  p.b = packed_.data();
  GRADUS_DISPATCH(multiply_panels)(p);
}

}  // namespace gradus
#endif
