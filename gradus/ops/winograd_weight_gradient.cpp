#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/targets.h"
#include "gradus/ops/winograd.h"

// With x in the points V, and the gradient of y there (by A along both axes) W, the gradient of the
// transformed weight is V^T W at each point, summed over tiles, and G^T brings it back. It is the
// transpose of what convolve() does, term by term.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/winograd_weight_gradient.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/panels-inl.h"
#include "gradus/ops/winograd_windows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

/// Elements of the sums from point to point.
template <class T>
std::int64_t sums_of_point(const Sizes& sizes) {
  return sizes.in * padded<T>(sizes.out) + kTileColumns<T>;
}

template <class T, int kTaps>
void tiles_to_points(const GradientGroup& g, std::int64_t begin, std::int64_t end) {
  const Sizes& sizes = g.sizes;
  const PointLayout x_layout = in_panels<T>(g.tiles(), sizes.in);
  const PointLayout y_layout = in_panels<T>(g.tiles(), sizes.out);
  const T* zeros = reinterpret_cast<const T*>(g.zeros);
  for (std::int64_t tile = begin; tile < end; ++tile) {
    const auto window = window_of<T>(sizes, reinterpret_cast<const T*>(g.x), g.begin + tile, zeros);
    window_to_points(window, sizes.in, x_layout,
                     reinterpret_cast<T*>(g.x_points) + tile * x_layout.tile);
    const auto gradient =
        tile_of<kWindow + 1 - kTaps>(sizes, reinterpret_cast<const T*>(g.y), g.begin + tile, zeros);
    gradient_to_points(gradient, sizes.out, y_layout,
                       reinterpret_cast<T*>(g.y_points) + tile * y_layout.tile);
  }
}

/// Adds (in, tiles) x (tiles, filters of a panel) at one point.
template <class T>
void multiply_panel(const GradientGroup& g, std::int64_t point, std::int64_t panel) {
  const Sizes& sizes = g.sizes;
  const PointLayout x_layout = in_panels<T>(g.tiles(), sizes.in);
  const PointLayout y_layout = in_panels<T>(g.tiles(), sizes.out);
  const std::int64_t row = padded<T>(sizes.out);
  const T* x = reinterpret_cast<const T*>(g.x_points) + point * x_layout.point;
  T* sums = reinterpret_cast<T*>(g.sums) + point * sums_of_point<T>(sizes);
  for (std::int64_t c = 0; c < sizes.in; c += kTileColumns<T>, x += x_layout.panel) {
    multiply_column_of_tiles(std::min(kTileColumns<T>, sizes.in - c),
                             Tile<T>{g.tiles(), x, 1, kTileColumns<T>,
                                     reinterpret_cast<const T*>(g.y_points) +
                                         point * y_layout.point + panel * y_layout.panel,
                                     sums + c * row + panel * kTileColumns<T>, row, g.begin > 0});
  }
}

/// Writes (kCount, filters) taps as `filters` rows of kCount next to each other, `filter` apart.
template <class T, int kCount>
void unpack_taps(const T* taps, std::int64_t filters, T* to, std::int64_t filter) {
  constexpr std::int64_t lanes = kTileColumns<T> / 2, block = 16 / sizeof(T);
  int i = 0;
  if (filters == lanes) {
    for (; i + block <= kCount; i += block) {
      for (std::int64_t k = 0; k < lanes; k += block) {
        transpose_block(taps + i * lanes + k, lanes, to + k * filter + i, filter);
      }
    }
  }
  for (; i < kCount; ++i) {
    for (std::int64_t k = 0; k < filters; ++k) to[k * filter + i] = taps[i * lanes + k];
  }
}

/// Brings the sums for one input channel from the points into the gradient of the weight.
template <class T, int kTaps>
void sums_to_taps(const Sizes& sizes, const T* sums, std::int64_t c, T* weight) {
  const hn::ScalableTag<T> d;
  constexpr int count = kTaps * kTaps;
  constexpr std::int64_t lanes = kTileColumns<T> / 2;
  const std::int64_t point = sums_of_point<T>(sizes), filter = sizes.in * count;
  sums += c * padded<T>(sizes.out);
  weight += c * count;
  HWY_ALIGN T taps[count * lanes];
  for (std::int64_t first = 0; first < sizes.out; first += lanes) {
    transform_square<kWindow, kTaps>(
        d,
        [&](int i, int j)
            HWY_ATTR { return hn::Load(d, sums + (i * kWindow + j) * point + first); },
        [&](auto* at, auto* g) HWY_ATTR { points_to_taps<kTaps>(d, at, g); },
        [&](int i, int j, auto v) HWY_ATTR { hn::Store(v, d, taps + (i * kTaps + j) * lanes); });
    unpack_taps<T, count>(taps, std::min(lanes, sizes.out - first), weight + first * filter,
                          filter);
  }
}

void group_to_points(const GradientGroup& g, std::int64_t begin, std::int64_t end) {
  with_type_and_taps(g.sizes,
                     [&]<class T, int kTaps>() { tiles_to_points<T, kTaps>(g, begin, end); });
}

/// Panels [begin, end) of all points.
void multiply_panels(const GradientGroup& g, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t point = i % kPoints, panel = i / kPoints;
    g.sizes.dtype == DType::f32 ? multiply_panel<float>(g, point, panel)
                                : multiply_panel<double>(g, point, panel);
  }
}

/// Input channels [begin, end) of the gradient of the weight.
void sums_to_weight(const GradientGroup& g, std::int64_t begin, std::int64_t end,
                    std::byte* weight) {
  with_type_and_taps(g.sizes, [&]<class T, int kTaps>() {
    for (std::int64_t c = begin; c < end; ++c) {
      sums_to_taps<T, kTaps>(g.sizes, reinterpret_cast<const T*>(g.sums), c,
                             reinterpret_cast<T*>(weight));
    }
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::winograd {
namespace {

GRADUS_EXPORT(group_to_points);
GRADUS_EXPORT(multiply_panels);
GRADUS_EXPORT(sums_to_weight);
GRADUS_EXPORT(panel_columns);

/// Tiles of a group. The sums, in * out at each point, are read and written once in a group, the
/// tiles, in + out numbers each, written and read: so about as many as make both equal.
std::int64_t tiles_of_group(const Sizes& sizes) {
  const std::int64_t equal = sizes.in * sizes.out / (sizes.in + sizes.out);
  return std::clamp<std::int64_t>((equal + 15) / 16 * 16, 64, 256);
}

}  // namespace

std::int64_t least_channels(DType dtype) { return GRADUS_DISPATCH(panel_columns)(dtype); }

void differentiate_weight(const Sizes& sizes, const std::byte* y, const std::byte* x,
                          std::byte* weight) {
  const std::int64_t group_tiles = std::min(sizes.tile_count(), tiles_of_group(sizes));
  const std::int64_t columns = GRADUS_DISPATCH(panel_columns)(sizes.dtype);
  const std::int64_t panels = (sizes.out + columns - 1) / columns;
  const std::int64_t out = panels * columns, in = (sizes.in + columns - 1) / columns * columns;
  const auto room = [&](std::int64_t rows_of_point) {
    return allocate(static_cast<std::size_t>(kPoints * (rows_of_point + columns)) *
                    size_of(sizes.dtype));
  };
  const Buffer x_points = room(group_tiles * in), y_points = room(group_tiles * out);
  const Buffer sums = room(sizes.in * out);
  const Buffer zeros = allocate(static_cast<std::size_t>(std::max(in, out)) * size_of(sizes.dtype));
  std::fill_n(zeros.data(), std::max(in, out) * static_cast<std::int64_t>(size_of(sizes.dtype)),
              std::byte(0));
  GradientGroup group{sizes,           0,           0,           y, x, y_points.data(),
                      x_points.data(), sums.data(), zeros.data()};
  while (group.end < sizes.tile_count()) {
    group.begin = group.end;
    group.end = std::min(group.begin + group_tiles, sizes.tile_count());
    parallel_for(group.tiles(), 8, [&](std::int64_t begin, std::int64_t end) {
      GRADUS_DISPATCH(group_to_points)(group, begin, end);
    });
    parallel_for(panels * kPoints, 4, [&](std::int64_t begin, std::int64_t end) {
      GRADUS_DISPATCH(multiply_panels)(group, begin, end);
    });
  }
  parallel_for(sizes.in, 8, [&](std::int64_t begin, std::int64_t end) {
    GRADUS_DISPATCH(sums_to_weight)(group, begin, end, weight);
  });
}

}  // namespace gradus::winograd
#endif
