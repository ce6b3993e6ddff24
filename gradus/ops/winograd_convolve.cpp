#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/targets.h"
#include "gradus/ops/winograd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/winograd_convolve.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/panels-inl.h"
#include "gradus/ops/winograd_windows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

/// A transformed weight: at each point, panels of filters one after the other, each (in,
/// kTileColumns).
template <class T>
struct WeightLayout {
  explicit WeightLayout(const Sizes& sizes)
      : panel(sizes.in * kTileColumns<T>),
        panels(padded<T>(sizes.out) / kTileColumns<T>),
        point(panels * panel + kTileColumns<T>) {}
  std::int64_t panel, panels, point;
};

template <class T, int kTaps>
void transform_panel(const Sizes& sizes, const Weight& weight, std::int64_t panel, T* to) {
  const hn::ScalableTag<T> d;
  constexpr int count = kTaps * kTaps;
  constexpr std::int64_t lanes = kTileColumns<T> / 2;
  const WeightLayout<T> layout(sizes);
  const std::int64_t first = panel * kTileColumns<T>;
  const std::int64_t filters = std::min(kTileColumns<T>, sizes.out - first);
  HWY_ALIGN T taps[count * kTileColumns<T>];
  for (std::int64_t c = 0; c < sizes.in; ++c) {
    pack_panel<T, kTileColumns<T>>(
        reinterpret_cast<const T*>(weight.data) + first * weight.out + c * weight.in, weight.out, 1,
        filters, count, taps);
    T* place = to + panel * layout.panel + c * kTileColumns<T>;
    for (std::int64_t half = 0; half < kTileColumns<T>; half += lanes) {
      transform_square<kTaps, kWindow>(
          d,
          [&](int i, int j) HWY_ATTR {
            const int tap = i * kTaps + j;
            return hn::Load(
                d, taps + (weight.turned ? count - 1 - tap : tap) * kTileColumns<T> + half);
          },
          [&](const auto* g, auto* at) HWY_ATTR { taps_to_points<kTaps>(d, g, at); },
          [&](int i, int j, auto v)
              HWY_ATTR { hn::Store(v, d, place + (i * kWindow + j) * layout.point + half); });
    }
  }
}

template <class T, int kTaps>
class ConvolveGroup {
 public:
  explicit ConvolveGroup(const TileGroup& group)
      : g_(group),
        tiles_(group.end - group.begin),
        from_(in_rows<T>(tiles_, group.sizes.in)),
        to_(in_rows<T>(tiles_, group.sizes.out)) {
    const std::int64_t edge = std::max(from_.tile, to_.tile);
    const std::int64_t points = kPoints * (from_.point + to_.point);
    scratch_ = allocate(static_cast<std::size_t>(points + 2 * edge) * sizeof(T));
    x_ = reinterpret_cast<T*>(scratch_.data());
    y_ = x_ + kPoints * from_.point;
    zeros_ = y_ + kPoints * to_.point;
    outside_ = zeros_ + edge;
    std::fill_n(zeros_, edge, T(0));
  }

  void run() {
    const Sizes& sizes = g_.sizes;
    const T* x = reinterpret_cast<const T*>(g_.x);
    for (std::int64_t tile = 0; tile < tiles_; ++tile) {
      window_to_points(window_of<T>(sizes, x, g_.begin + tile, zeros_), sizes.in, from_,
                       x_ + tile * from_.tile);
    }
    for (std::int64_t point = 0; point < kPoints; ++point) multiply(point);
    for (std::int64_t tile = 0; tile < tiles_; ++tile) finish(tile);
  }

 private:
  static constexpr int kTile = kWindow + 1 - kTaps;

  /// (tiles, in) x (in, out) at one point.
  void multiply(std::int64_t point) {
    const std::int64_t in = g_.sizes.in;
    const WeightLayout<T> layout(g_.sizes);
    const T* weight = reinterpret_cast<const T*>(g_.weight) + point * layout.point;
    for (std::int64_t from = 0; from < in; from += kTileDepth<T>) {
      for (std::int64_t panel = 0; panel < layout.panels; ++panel) {
        multiply_column_of_tiles(
            tiles_, Tile<T>{std::min(kTileDepth<T>, in - from), x_ + point * from_.point + from,
                            from_.tile, 1, weight + panel * layout.panel + from * kTileColumns<T>,
                            y_ + point * to_.point + panel * kTileColumns<T>, to_.tile, from > 0});
      }
    }
  }

  /// Brings a tile from the points into y.
  void finish(std::int64_t tile) {
    const hn::ScalableTag<T> d;
    const T* from = y_ + tile * to_.tile;
    const T* bias = reinterpret_cast<const T*>(g_.bias);
    const auto to = tile_of<kTile>(g_.sizes, reinterpret_cast<T*>(g_.y), g_.begin + tile, outside_);
    for_pieces<T>(g_.sizes.out, [&](const Piece<T>& piece) HWY_ATTR {
      const auto shift = piece.load_if(bias);
      transform_square<kWindow, kTile>(
          d,
          [&](int i, int j)
              HWY_ATTR { return hn::Load(d, from + (i * kWindow + j) * to_.point + piece.at); },
          [&](const auto* at, auto* y) HWY_ATTR { collect<kTile>(d, at, y); },
          [&](int i, int j, auto v)
              HWY_ATTR { piece.store(hn::Add(v, shift), to.at[i * kTile + j]); });
    });
  }

  const TileGroup& g_;
  std::int64_t tiles_;
  PointLayout from_, to_;
  Buffer scratch_;
  T* x_;        // the windows in the points
  T* y_;        // the tiles in the points
  T* zeros_;    // read for elements outside x
  T* outside_;  // written for positions outside y
};

void convolve_group(const TileGroup& group) {
  with_type_and_taps(group.sizes,
                     [&]<class T, int kTaps>() { ConvolveGroup<T, kTaps>(group).run(); });
}

void transform_panels(const Sizes& sizes, const Weight& weight, std::int64_t begin,
                      std::int64_t end, std::byte* to) {
  with_type_and_taps(sizes, [&]<class T, int kTaps>() {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      transform_panel<T, kTaps>(sizes, weight, panel, reinterpret_cast<T*>(to));
    }
  });
}

std::int64_t panels_of(const Sizes& sizes) {
  return sizes.dtype == DType::f32 ? WeightLayout<float>(sizes).panels
                                   : WeightLayout<double>(sizes).panels;
}

std::size_t bytes_in_points(const Sizes& sizes) {
  return sizes.dtype == DType::f32
             ? static_cast<std::size_t>(kPoints * WeightLayout<float>(sizes).point) * sizeof(float)
             : static_cast<std::size_t>(kPoints * WeightLayout<double>(sizes).point) *
                   sizeof(double);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus::winograd {
namespace {

GRADUS_EXPORT(convolve_group);
GRADUS_EXPORT(transform_panels);
GRADUS_EXPORT(panels_of);
GRADUS_EXPORT(bytes_in_points);

/// Tiles of a group. Measured on a Zen 3: small groups stay in the second-level cache, but a large
/// weight should be read few times.
std::int64_t tiles_of_group(std::size_t weight_bytes) {
  constexpr std::size_t kLargeWeight = 8 << 20;
  return weight_bytes > kLargeWeight ? 96 : 24;
}

}  // namespace

std::size_t transformed_bytes(const Sizes& sizes) {
  return GRADUS_DISPATCH(bytes_in_points)(sizes);
}

void transform_weight(const Sizes& sizes, const Weight& weight, std::byte* transformed) {
  const std::int64_t panels = GRADUS_DISPATCH(panels_of)(sizes);
  parallel_for(panels, std::max<std::int64_t>(1, 512 / sizes.in),
               [&](std::int64_t begin, std::int64_t end) {
                 GRADUS_DISPATCH(transform_panels)(sizes, weight, begin, end, transformed);
               });
}

void convolve(const Sizes& sizes, const std::byte* x, const std::byte* weight,
              const std::byte* bias, std::byte* y) {
  parallel_for(sizes.tile_count(), tiles_of_group(transformed_bytes(sizes)),
               [&](std::int64_t begin, std::int64_t end) {
                 GRADUS_DISPATCH(convolve_group)({sizes, begin, end, x, weight, bias, y});
               });
}

}  // namespace gradus::winograd
#endif
