// Convolutions through oneDNN. It runs one thread; the batch is cut into pieces of a fixed size, so
// that several threads have work and the bits do not depend on how many.

#include <algorithm>
#include <cstring>
#include <memory>

#include "gradus/base/parallel.h"
#include "gradus/core/op_def.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/convolution_kernels.h"
#include "gradus/ops/onednn.h"

namespace gradus {
namespace {

using onednn::Convolution;
using onednn::Pass;

/// The batch in pieces: all of `images`, but the last one, which has what is left.
struct Pieces {
  std::int64_t batch, images;
  std::shared_ptr<const Convolution> whole, rest;

  bool found() const { return whole && (batch % images == 0 || rest); }
  const Convolution& at(std::int64_t begin) const {
    return begin + images <= batch ? *whole : *rest;
  }
};

/// Images for which the convolution is worth a thread of its own, and no more pieces than `most`.
std::int64_t images_of_piece(const ConvolutionSizes& sizes, std::int64_t most) {
  constexpr std::int64_t kWork = 8 << 20;  // multiply-adds
  const std::int64_t image = std::max<std::int64_t>(1, sizes.multiply_adds() / sizes.batch);
  const std::int64_t images =
      std::max((kWork + image - 1) / image, (sizes.batch + most - 1) / most);
  return std::min(images, sizes.batch);
}

Pieces find_pieces(Pass pass, ConvolutionSizes sizes, bool bias) {
  // A piece of the weight gradient has a weight of its own, and these are summed: not worth it
  // where the weight is large beside the positions that it is summed over.
  const std::int64_t most =
      pass == Pass::weight_gradient
          ? std::clamp<std::int64_t>(sizes.batch * sizes.positions() / 512, 1, 8)
          : 32;
  const std::int64_t batch = sizes.batch;
  Pieces pieces{batch, images_of_piece(sizes, most), nullptr, nullptr};
  sizes.batch = pieces.images;
  pieces.whole = onednn::find_convolution(pass, sizes, bias);
  sizes.batch = batch % pieces.images;
  if (sizes.batch > 0) pieces.rest = onednn::find_convolution(pass, sizes, bias);
  return pieces;
}

const char* refuse(Pass pass, const ConvolutionSizes& sizes, DType dtype, bool bias) {
  if (dtype != DType::f32) return "not f32";
  if (sizes.multiply_adds() == 0) return "empty";
  return find_pieces(pass, sizes, bias).found() ? nullptr : "oneDNN has only plain loops for it";
}

/// The weight in the layouts that the pieces read.
struct PackedWeight {
  PackedWeight(const Pieces& pieces, const Array& weight) {
    whole = pack(*pieces.whole, weight);
    if (!pieces.rest) return;
    rest = pieces.rest->packs_like(*pieces.whole) ? whole : pack(*pieces.rest, weight);
  }
  static Buffer pack(const Convolution& convolution, const Array& weight) {
    const Buffer packed = allocate(convolution.weight_bytes());
    convolution.pack(weight, packed.data());
    return packed;
  }
  std::byte* of(const Pieces& pieces, std::int64_t begin) const {
    return &pieces.at(begin) == pieces.whole.get() ? whole.data() : rest.data();
  }
  Buffer whole, rest;
};

/// y from x (forward), or x from y (data gradient), piece by piece.
void run_pieces(const Pieces& pieces, const ConvolutionSizes& sizes, const Array& weight, float* x,
                float* bias, float* y) {
  const PackedWeight packed(pieces, weight);
  const std::int64_t x_image = sizes.in * sizes.x[0] * sizes.x[1] * sizes.x[2];
  const std::int64_t y_image = sizes.out * sizes.positions();
  parallel_for(sizes.batch, pieces.images, [&](std::int64_t begin, std::int64_t) {
    pieces.at(begin).run(
        {x + begin * x_image, packed.of(pieces, begin), bias, y + begin * y_image});
  });
}

/// For operands that the call only reads.
float* readable(const Array& array) { return const_cast<float*>(array.data<float>()); }

/// Sums `parts` blocks of `count` numbers, one after the other in memory, in order.
void sum_parts(const float* parts, std::int64_t number, std::int64_t count, float* total) {
  parallel_for(count, 1 << 15, [&](std::int64_t begin, std::int64_t end) {
    std::copy(parts + begin, parts + end, total + begin);
    for (std::int64_t part = 1; part < number; ++part) {
      const float* from = parts + part * count;
      for (std::int64_t i = begin; i < end; ++i) total[i] += from[i];
    }
  });
}

}  // namespace

const char* refuse_convolution_onednn(const KernelContext& context) {
  return refuse(Pass::forward, forward_sizes(context), context.input().dtype,
                context.input_count() == 3);
}

const char* refuse_data_gradient_onednn(const KernelContext& context) {
  return refuse(Pass::data_gradient, data_gradient_sizes(context), context.input().dtype, false);
}

const char* refuse_weight_gradient_onednn(const KernelContext& context) {
  const ConvolutionSizes sizes = weight_gradient_sizes(context);
  // Measured: without AVX-512, oneDNN reaches 0.5 to 0.7 of the multiply-add peak here, the product
  // of patches 0.75, where neither channels nor filters are few.
  static const bool has_avx512 = onednn::has_avx512();
  const bool many = sizes.in / sizes.groups >= 16 && sizes.out / sizes.groups >= 32;
  if (!has_avx512 && many) return "no AVX-512: the blocked kernel is faster";
  return refuse(Pass::weight_gradient, sizes, context.input().dtype, true);
}

void run_convolution_onednn(const KernelContext& context) {
  const ConvolutionSizes sizes = forward_sizes(context);
  const Array x = channels_last_copy(context.input(0));
  const bool biased = context.input_count() == 3;
  const Array bias = biased ? row_major_copy(context.input(2)) : Array{};
  Array& y = context.allocate(0, channels_last(context.output().shape));
  run_pieces(find_pieces(Pass::forward, sizes, biased), sizes, context.input(1), readable(x),
             biased ? readable(bias) : nullptr, y.mutable_data<float>());
}

void run_data_gradient_onednn(const KernelContext& context) {
  const ConvolutionSizes sizes = data_gradient_sizes(context);
  const Array y = channels_last_copy(context.input(0));
  Array& x = context.allocate(0, channels_last(context.output().shape));
  run_pieces(find_pieces(Pass::data_gradient, sizes, false), sizes, context.input(1),
             x.mutable_data<float>(), nullptr, readable(y));
}

void run_weight_gradient_onednn(const KernelContext& context) {
  const ConvolutionSizes sizes = weight_gradient_sizes(context);
  const Array y = channels_last_copy(context.input(0));
  const Array x = channels_last_copy(context.input(1));
  Array& weight = context.allocate(0);
  Array& bias = context.allocate(1);
  const Pieces pieces = find_pieces(Pass::weight_gradient, sizes, true);
  const std::int64_t number = (sizes.batch + pieces.images - 1) / pieces.images;
  const std::int64_t count = weight.shape.size();
  const std::int64_t x_image = sizes.in * sizes.x[0] * sizes.x[1] * sizes.x[2];
  const std::int64_t y_image = sizes.out * sizes.positions();
  const Buffer parts =
      number == 1
          ? Buffer()
          : allocate(static_cast<std::size_t>(number * (count + sizes.out)) * sizeof(float));
  float* weights =
      number == 1 ? weight.mutable_data<float>() : reinterpret_cast<float*>(parts.data());
  float* biases = number == 1 ? bias.mutable_data<float>() : weights + number * count;
  parallel_for(sizes.batch, pieces.images, [&](std::int64_t begin, std::int64_t) {
    const Convolution& convolution = pieces.at(begin);
    const std::int64_t part = begin / pieces.images;
    const Buffer packed = allocate(convolution.weight_bytes());
    convolution.run({readable(x) + begin * x_image, packed.data(), biases + part * sizes.out,
                     readable(y) + begin * y_image});
    convolution.unpack(packed.data(), weights + part * count);
  });
  if (number == 1) return;
  sum_parts(weights, number, count, weight.mutable_data<float>());
  sum_parts(biases, number, sizes.out, bias.mutable_data<float>());
}

}  // namespace gradus
