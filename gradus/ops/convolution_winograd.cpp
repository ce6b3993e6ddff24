// Convolutions of 3x3 and 5x5 with stride 1 by Winograd's minimal filtering (winograd.h).

#include <algorithm>

#include "gradus/memory/allocator.h"
#include "gradus/ops/convolution_kernels.h"
#include "gradus/ops/sum_rows.h"
#include "gradus/ops/winograd.h"

namespace gradus {
namespace {

winograd::Extents extents_of(const Spatial& spatial) { return {spatial[1], spatial[2]}; }

winograd::Sizes winograd_sizes(const ConvolutionSizes& sizes, DType dtype) {
  return {.dtype = dtype,
          .batch = sizes.batch,
          .in = sizes.in,
          .out = sizes.out,
          .taps = sizes.kernel[1],
          .x = extents_of(sizes.x),
          .y = extents_of(sizes.y),
          .before = extents_of(sizes.before)};
}

/// The gradient to the data as a convolution: of y with the filters turned by 180 degrees, which
/// take the channels of y.
winograd::Sizes turned_sizes(const ConvolutionSizes& convolution, DType dtype) {
  const winograd::Sizes sizes = winograd_sizes(convolution, dtype);
  winograd::Sizes result = sizes;
  std::swap(result.in, result.out);
  std::swap(result.x, result.y);
  const std::int64_t last = sizes.taps - 1;
  result.before = {last - sizes.before.rows, last - sizes.before.columns};
  return result;
}

/// Whether fewer multiplications make up for the transforms, from what was measured on a Zen 3:
/// with 16 channels or more, where they are at most half of those of the definition. To transform
/// the weight takes as long as about 16 tiles.
bool is_worth_it(const winograd::Sizes& sizes, std::int64_t multiply_adds) {
  constexpr std::int64_t kLeastChannels = 16, kTilesOfWeight = 16;
  const std::int64_t least = std::max(kLeastChannels, winograd::least_channels(sizes.dtype));
  if (std::min(sizes.in, sizes.out) < least) return false;
  const std::int64_t tiles = sizes.tile_count() + kTilesOfWeight;
  return multiply_adds >= 2 * winograd::kPoints * tiles * sizes.in * sizes.out;
}

const char* refuse(const KernelContext& context, const ConvolutionSizes& sizes,
                   winograd::Sizes (*sizes_of)(const ConvolutionSizes&, DType)) {
  const DType dtype = context.input().dtype;
  if (dtype != DType::f32 && dtype != DType::f64) return "neither f32 nor f64";
  if (sizes.multiply_adds() == 0) return "empty";
  const auto& attributes = context.attributes<ConvolutionAttributes>();
  if (attributes.algorithm == ConvolutionAlgorithm::direct) return "the algorithm is direct";
  if (const char* reason = why_not_winograd(sizes)) return reason;
  if (attributes.algorithm == ConvolutionAlgorithm::winograd) return nullptr;
  if (dtype == DType::f64) return "f64 is for accuracy";
  return is_worth_it(sizes_of(sizes, dtype), sizes.multiply_adds()) ? nullptr : "direct is faster";
}

/// The weight of a call; turned, its filters are those of the gradient to the data.
Buffer weight_in_points(const KernelContext& context, const winograd::Sizes& sizes, bool turned) {
  return context.prepare(1, winograd::transformed_bytes(sizes), [&](std::byte* to) {
    const Array weight = row_major_copy(context.input(1));
    const std::int64_t out = weight.strides[turned ? 1 : 0], in = weight.strides[turned ? 0 : 1];
    winograd::transform_weight(sizes, {weight.bytes(), out, in, turned}, to);
  });
}

}  // namespace

const char* why_not_winograd(const ConvolutionSizes& sizes) {
  const Spatial once{1, 1, 1};
  if (sizes.axes != 2) return "there are not two spatial axes";
  if (sizes.kernel[1] != sizes.kernel[2] || !winograd::takes(sizes.kernel[1])) {
    return "the kernel is neither 3x3 nor 5x5";
  }
  if (sizes.stride != once) return "the stride is not 1";
  if (sizes.dilation != once) return "the dilation is not 1";
  return sizes.groups > 1 ? "there are groups" : nullptr;
}

const char* refuse_convolution_winograd(const KernelContext& context) {
  return refuse(context, forward_sizes(context), winograd_sizes);
}
const char* refuse_data_gradient_winograd(const KernelContext& context) {
  return refuse(context, data_gradient_sizes(context), turned_sizes);
}
const char* refuse_weight_gradient_winograd(const KernelContext& context) {
  return refuse(context, weight_gradient_sizes(context), winograd_sizes);
}

void run_convolution_winograd(const KernelContext& context) {
  const Array x = channels_last_copy(context.input(0));
  const Array bias = context.input_count() == 3 ? row_major_copy(context.input(2)) : Array{};
  Array& y = context.allocate(0, channels_last(context.output().shape));
  const winograd::Sizes sizes = winograd_sizes(forward_sizes(context), x.dtype);
  const Buffer weight = weight_in_points(context, sizes, false);
  winograd::convolve(sizes, x.bytes(), weight.data(), bias.buffer ? bias.bytes() : nullptr,
                     y.mutable_bytes());
}

void run_data_gradient_winograd(const KernelContext& context) {
  const Array y = channels_last_copy(context.input(0));
  Array& x = context.allocate(0, channels_last(context.output().shape));
  const winograd::Sizes sizes = turned_sizes(data_gradient_sizes(context), y.dtype);
  const Buffer weight = weight_in_points(context, sizes, true);
  winograd::convolve(sizes, y.bytes(), weight.data(), nullptr, x.mutable_bytes());
}

void run_weight_gradient_winograd(const KernelContext& context) {
  const ConvolutionSizes sizes = weight_gradient_sizes(context);
  const Array y = channels_last_copy(context.input(0));
  const Array x = channels_last_copy(context.input(1));
  Array& weight = context.allocate(0);
  Array& bias = context.allocate(1);
  sum_rows(y.dtype, y.bytes(), sizes.batch * sizes.positions(), sizes.out, sizes.out,
           bias.mutable_bytes());
  winograd::differentiate_weight(winograd_sizes(sizes, y.dtype), y.bytes(), x.bytes(),
                                 weight.mutable_bytes());
}

}  // namespace gradus
