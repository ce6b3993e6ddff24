// The kernels of convolution_runs.h: padding, the order of the weight, and when they are chosen.

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/convolution_runs.h"
#include "gradus/ops/onednn.h"

namespace gradus {
namespace {

/// Measured on a Zen 3: oneDNN is ahead for pointwise convolutions, for short runs of all channels
/// and where few positions of y make the weight count; elsewhere runs are up to 1.5 times as fast.
const char* why_slow(const RunConvolution& runs) {
  const ConvolutionSizes& sizes = runs.sizes;
  static const bool has_avx512 = onednn::has_avx512();
  if (has_avx512 && runs.dtype == DType::f32) return "AVX-512: oneDNN is near the peak";
  if (sizes.taps() == 1) return "pointwise";
  if (runs.taps_of_run() * runs.channels() < (sizes.groups == 1 ? 64 : 32)) return "short runs";
  if (sizes.y[2] < 4) return "short lines";
  return sizes.batch * sizes.positions() < 256 ? "few positions" : nullptr;
}

const char* refuse(const ConvolutionSizes& sizes, DType dtype) {
  if (dtype != DType::f32 && dtype != DType::f64) return "neither f32 nor f64";
  if (sizes.multiply_adds() == 0) return "empty";
  const RunConvolution runs{dtype, sizes, nullptr, nullptr, nullptr, nullptr};
  if (runs.filters() % filters_of_panel(dtype) != 0) return "filters do not fill panels";
  const auto negative = [](std::int64_t padding) { return padding < 0; };
  if (std::any_of(sizes.before.begin(), sizes.before.end(), negative)) return "negative padding";
  return why_slow(runs);
}

/// Extents of x with the padding that any filter meets.
Spatial padded_extents(const ConvolutionSizes& sizes) {
  Spatial extents = sizes.x;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t met =
        (sizes.y[i] - 1) * sizes.stride[i] + sizes.dilation[i] * (sizes.kernel[i] - 1) + 1;
    extents[i] = std::max(sizes.before[i] + sizes.x[i], met);
  }
  return extents;
}

/// x, dense with channels last, with zeros around it; x itself where there are none.
Buffer pad(const Array& x, const ConvolutionSizes& sizes, const Spatial& extents) {
  const std::size_t element = static_cast<std::size_t>(sizes.in) * size_of(x.dtype);
  const auto line = static_cast<std::size_t>(extents[2]) * element;
  const std::int64_t lines = extents[0] * extents[1];
  const Buffer padded = allocate(static_cast<std::size_t>(sizes.batch * lines) * line);
  const auto length = static_cast<std::size_t>(sizes.x[2]) * element;
  const auto left = static_cast<std::size_t>(sizes.before[2]) * element;
  parallel_for(
      sizes.batch * lines, std::max<std::int64_t>(1, (64 << 10) / static_cast<std::int64_t>(line)),
      [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          std::byte* to = padded.data() + static_cast<std::size_t>(i) * line;
          const std::int64_t depth = i / extents[1] % extents[0] - sizes.before[0];
          const std::int64_t row = i % extents[1] - sizes.before[1];
          if (depth < 0 || depth >= sizes.x[0] || row < 0 || row >= sizes.x[1]) {
            std::fill_n(to, line, std::byte(0));
            continue;
          }
          const std::int64_t from = (i / lines * sizes.x[0] + depth) * sizes.x[1] + row;
          std::fill_n(to, left, std::byte(0));
          std::copy_n(x.bytes() + static_cast<std::size_t>(from) * length, length, to + left);
          std::fill_n(to + left + length, line - left - length, std::byte(0));
        }
      });
  return padded;
}

/// A weight in the order of RunConvolution: `from` are the strides of (groups, filters, kernel...,
/// channels) from its element `first` on.
Buffer reorder(const Array& weight, const Shape& shape, const Strides& from, std::int64_t first) {
  const std::size_t item = size_of(weight.dtype);
  const Buffer reordered = allocate(static_cast<std::size_t>(shape.size()) * item);
  copy_strided(shape, item, weight.bytes() + first * static_cast<std::int64_t>(item), from,
               reordered.data(), row_major(shape));
  return reordered;
}

void run(const ConvolutionSizes& sizes, const Array& x, const Buffer& weight, const std::byte* bias,
         Array& y) {
  RunConvolution runs{x.dtype, sizes, x.bytes(), weight.data(), bias, y.mutable_bytes()};
  runs.sizes.x = padded_extents(sizes);
  runs.sizes.before = {};
  if (runs.sizes.x == sizes.x) return convolve_runs(runs);
  const Buffer padded = pad(x, sizes, runs.sizes.x);
  runs.x = padded.data();
  convolve_runs(runs);
}

/// The gradient to the data as a convolution of y, for a stride of 1: with the filters turned by
/// 180 degrees, which take the channels of y.
ConvolutionSizes turned(ConvolutionSizes sizes) {
  std::swap(sizes.in, sizes.out);
  std::swap(sizes.x, sizes.y);
  for (std::size_t i = 0; i < 3; ++i) {
    sizes.before[i] = sizes.dilation[i] * (sizes.kernel[i] - 1) - sizes.before[i];
  }
  return sizes;
}

}  // namespace

const char* refuse_convolution_runs(const KernelContext& context) {
  return refuse(forward_sizes(context), context.input().dtype);
}
const char* refuse_data_gradient_runs(const KernelContext& context) {
  const ConvolutionSizes sizes = data_gradient_sizes(context);
  if (sizes.stride != Spatial{1, 1, 1}) return "stride";
  return refuse(turned(sizes), context.input().dtype);
}

void run_convolution_runs(const KernelContext& context) {
  const ConvolutionSizes s = forward_sizes(context);
  const Array x = channels_last_copy(context.input(0));
  const Array weight = row_major_copy(context.input(1));
  const Array bias = context.input_count() == 3 ? row_major_copy(context.input(2)) : Array{};
  Array& y = context.allocate(0, channels_last(context.output().shape));
  const std::int64_t filters = s.out / s.groups, channels = s.in / s.groups, taps = s.taps();
  const Buffer reordered = reorder(
      weight, {s.groups, filters, s.kernel[0], s.kernel[1], s.kernel[2], channels},
      {filters * channels * taps, channels * taps, s.kernel[1] * s.kernel[2], s.kernel[2], 1, taps},
      0);
  run(s, x, reordered, bias.buffer ? bias.bytes() : nullptr, y);
}

void run_data_gradient_runs(const KernelContext& context) {
  const ConvolutionSizes s = data_gradient_sizes(context);
  const Array y = channels_last_copy(context.input(0));
  const Array weight = row_major_copy(context.input(1));
  Array& x = context.allocate(0, channels_last(context.output().shape));
  const std::int64_t filters = s.out / s.groups, channels = s.in / s.groups, taps = s.taps();
  const Buffer reordered =
      reorder(weight, {s.groups, channels, s.kernel[0], s.kernel[1], s.kernel[2], filters},
              {filters * channels * taps, taps, -s.kernel[1] * s.kernel[2], -s.kernel[2], -1,
               channels * taps},
              taps - 1);
  run(turned(s), y, reordered, nullptr, x);
}

}  // namespace gradus
