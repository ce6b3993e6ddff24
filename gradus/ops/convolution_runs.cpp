#include "gradus/ops/convolution_runs.h"

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/convolution_runs.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/panels-inl.h"
#include "gradus/ops/product_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

/// Packs the filters in panels of kTileColumns, each (taps * channels, kTileColumns).
template <class T>
void pack_as(const RunConvolution& r, std::int64_t begin, std::int64_t end, std::byte* to) {
  const std::int64_t depth = r.sizes.taps() * r.channels(), panel = depth * kTileColumns<T>;
  for (std::int64_t i = begin; i < end; ++i) {
    pack_panel<T, kTileColumns<T>>(reinterpret_cast<const T*>(r.weight) + i * panel, depth, 1,
                                   kTileColumns<T>, depth, reinterpret_cast<T*>(to) + i * panel);
  }
}

/// Lines [begin, end) of y, counted through all images.
template <class T>
class Lines {
 public:
  Lines(const RunConvolution& r, const std::byte* panels, std::int64_t begin, std::int64_t end)
      : r_(r),
        s_(r.sizes),
        x_(reinterpret_cast<const T*>(r.x)),
        y_(reinterpret_cast<T*>(r.y)),
        panels_(reinterpret_cast<const T*>(panels)),
        begin_(begin),
        end_(end) {}

  void run() {
    start_with_bias();
    for (std::int64_t filter = 0; filter < s_.out; filter += kTileColumns<T>) {
      for (std::int64_t tap = 0; tap < s_.taps(); tap += r_.taps_of_run()) add_run(filter, tap);
    }
  }

 private:
  void start_with_bias() {
    const T* bias = reinterpret_cast<const T*>(r_.bias);
    T* to = y_line(begin_);
    for (std::int64_t i = 0; i < (end_ - begin_) * s_.y[2]; ++i, to += s_.out) {
      if (bias) {
        std::copy_n(bias, s_.out, to);
      } else {
        std::fill_n(to, s_.out, T(0));
      }
    }
  }

  /// Adds what the run of taps from `tap` on gives to a panel of filters.
  void add_run(std::int64_t filter, std::int64_t tap) {
    const std::int64_t channels = r_.channels(), depth = s_.taps() * channels;
    const std::int64_t run = r_.taps_of_run() * channels;
    const T* weight = panels_ + filter * depth + tap * channels * kTileColumns<T>;
    const std::int64_t offset = tap_offset(tap) + filter / r_.filters() * channels;
    for (std::int64_t from = 0; from < run; from += kTileDepth<T>) {
      for (std::int64_t line = begin_; line < end_; ++line) {
        multiply_column_of_tiles(s_.y[2], Tile<T>{.depth = std::min(kTileDepth<T>, run - from),
                                                  .a = x_line(line) + offset + from,
                                                  .a_row = s_.stride[2] * s_.in,
                                                  .a_column = 1,
                                                  .b = weight + from * kTileColumns<T>,
                                                  .c = y_line(line) + filter,
                                                  .c_row = s_.out,
                                                  .add = true});
      }
    }
  }

  /// From the first element under the kernel to that under a tap.
  std::int64_t tap_offset(std::int64_t tap) const {
    const std::int64_t i = tap / (s_.kernel[1] * s_.kernel[2]) * s_.dilation[0];
    const std::int64_t j = tap / s_.kernel[2] % s_.kernel[1] * s_.dilation[1];
    const std::int64_t k = tap % s_.kernel[2] * s_.dilation[2];
    return ((i * s_.x[1] + j) * s_.x[2] + k) * s_.in;
  }

  /// The first element under the kernel at the beginning of a line of y.
  const T* x_line(std::int64_t line) const {
    const std::int64_t image = line / (s_.y[0] * s_.y[1]);
    const std::int64_t i = line / s_.y[1] % s_.y[0] * s_.stride[0];
    const std::int64_t j = line % s_.y[1] * s_.stride[1];
    return x_ + ((image * s_.x[0] + i) * s_.x[1] + j) * s_.x[2] * s_.in;
  }
  T* y_line(std::int64_t line) const { return y_ + line * s_.y[2] * s_.out; }

  const RunConvolution& r_;
  const ConvolutionSizes& s_;
  const T* x_;
  T* y_;
  const T* panels_;
  std::int64_t begin_, end_;
};

void pack_runs(const RunConvolution& r, std::int64_t begin, std::int64_t end, std::byte* to) {
  r.dtype == DType::f32 ? pack_as<float>(r, begin, end, to) : pack_as<double>(r, begin, end, to);
}

void convolve_lines(const RunConvolution& r, const std::byte* panels, std::int64_t begin,
                    std::int64_t end) {
  r.dtype == DType::f32 ? Lines<float>(r, panels, begin, end).run()
                        : Lines<double>(r, panels, begin, end).run();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {
GRADUS_EXPORT(pack_runs);
GRADUS_EXPORT(convolve_lines);
GRADUS_EXPORT(panel_columns);
}  // namespace

std::int64_t filters_of_panel(DType dtype) { return GRADUS_DISPATCH(panel_columns)(dtype); }

void convolve_runs(const RunConvolution& r) {
  const ConvolutionSizes& sizes = r.sizes;
  const std::int64_t depth = sizes.taps() * r.channels();
  const Buffer panels = allocate(static_cast<std::size_t>(sizes.out * depth) * size_of(r.dtype));
  const std::int64_t columns = filters_of_panel(r.dtype);
  parallel_for(sizes.out / columns, std::max<std::int64_t>(1, (1 << 15) / (depth * columns)),
               [&](std::int64_t begin, std::int64_t end) {
                 GRADUS_DISPATCH(pack_runs)(r, begin, end, panels.data());
               });
  // Enough positions for the weight to be worth reading, few enough for x to stay in the
  // second-level cache while one panel after the other reads it.
  constexpr std::int64_t kPositions = 256;
  parallel_for(r.lines(), (kPositions + sizes.y[2] - 1) / sizes.y[2],
               [&](std::int64_t begin, std::int64_t end) {
                 GRADUS_DISPATCH(convolve_lines)(r, panels.data(), begin, end);
               });
}

}  // namespace gradus
#endif
