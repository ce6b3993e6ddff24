// Convolutions through oneDNN. It runs one thread; the batch, or the filters of a few large images,
// are cut into pieces of a fixed size, so that several threads have work and the bits do not depend
// on how many.

#include <algorithm>
#include <cstring>
#include <memory>

#include "gradus/base/parallel.h"
#include "gradus/core/op_def.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/bf16_rounding.h"
#include "gradus/ops/convolution_kernels.h"
#include "gradus/ops/onednn.h"

namespace gradus {
namespace {

using onednn::Convolution;
using onednn::Pass;

/// The batch in pieces: all of `images`, but the last one, which has what is left. Where there are
/// `slices`, a piece is one image and a part of the filters.
struct Pieces {
  std::int64_t batch, images, slices;
  std::shared_ptr<const Convolution> whole, rest;

  bool found() const { return whole && (batch % images == 0 || rest); }
  const Convolution& at(std::int64_t begin) const {
    return begin + images <= batch ? *whole : *rest;
  }
};

/// Images for which the convolution is worth a thread of its own, and no more pieces than `most`.
std::int64_t images_of_piece(const ConvolutionSizes& sizes, std::int64_t most, std::int64_t work) {
  const std::int64_t image = std::max<std::int64_t>(1, sizes.multiply_adds() / sizes.batch);
  const std::int64_t images = std::max((work + image - 1) / image, (sizes.batch + most - 1) / most);
  return std::min(images, sizes.batch);
}

/// Into how many parts the filters are cut for an image, where images are too few for threads.
std::int64_t slices_of_image(const ConvolutionSizes& sizes, std::int64_t work) {
  constexpr std::int64_t kFewImages = 4, kFilters = 64;  // oneDNN computes so many at once
  if (sizes.batch >= kFewImages || sizes.groups > 1) return 1;
  const std::int64_t most = sizes.multiply_adds() / sizes.batch / work;
  std::int64_t slices = 1;
  while (2 * slices <= most && sizes.out % (2 * slices * kFilters) == 0) slices *= 2;
  return slices;
}

Pieces find_pieces(Pass pass, ConvolutionSizes sizes, bool bias, ProductPrecision precision) {
  // In bf16 there are fewer pieces and larger ones: their arithmetic takes less beside the rest.
  const bool full = precision == ProductPrecision::full;
  // A piece of the weight gradient has a weight of its own, and these are summed: not worth it
  // where the weight is large beside the positions that it is summed over.
  const std::int64_t positions = sizes.batch * sizes.positions();
  const std::int64_t most = pass != Pass::weight_gradient ? 32
                            : full ? std::clamp<std::int64_t>(positions / 512, 1, 8)
                                   : std::clamp<std::int64_t>(positions / 2048, 1, 8);
  const std::int64_t batch = sizes.batch;
  const std::int64_t work = std::int64_t{full ? 8 : 32} << 20;  // multiply-adds
  const std::int64_t slices = pass == Pass::forward ? slices_of_image(sizes, work) : 1;
  if (slices > 1) {
    ConvolutionSizes slice = sizes;
    slice.batch = 1;
    slice.out /= slices;
    const Pieces pieces{batch, 1, slices, onednn::find_convolution(pass, slice, bias, precision),
                        nullptr};
    if (pieces.found()) return pieces;
  }
  Pieces pieces{batch, images_of_piece(sizes, most, work), 1, nullptr, nullptr};
  sizes.batch = pieces.images;
  pieces.whole = onednn::find_convolution(pass, sizes, bias, precision);
  sizes.batch = batch % pieces.images;
  if (sizes.batch > 0) pieces.rest = onednn::find_convolution(pass, sizes, bias, precision);
  return pieces;
}

const char* refuse(Pass pass, const ConvolutionSizes& sizes, DType dtype, bool bias) {
  if (dtype != DType::f32) return "not f32";
  if (sizes.multiply_adds() == 0) return "empty";
  return find_pieces(pass, sizes, bias, ProductPrecision::full).found()
             ? nullptr
             : "oneDNN has only plain loops for it";
}

/// The weight of a call in the layouts that the pieces read.
struct PackedWeight {
  PackedWeight(const KernelContext& context, const Pieces& pieces) {
    whole = pack(context, *pieces.whole);
    if (!pieces.rest) return;
    rest = pieces.rest->packs_like(*pieces.whole) ? whole : pack(context, *pieces.rest);
  }
  static Buffer pack(const KernelContext& context, const Convolution& convolution) {
    return context.prepare(1, convolution.weight_bytes(),
                           [&](std::byte* to) { convolution.pack(context.input(1), to); });
  }
  std::byte* of(const Pieces& pieces, std::int64_t begin) const {
    return &pieces.at(begin) == pieces.whole.get() ? whole.data() : rest.data();
  }
  Buffer whole, rest;
};

/// A dense feature map that oneDNN reads or writes.
struct Map {
  std::byte* data;
  std::int64_t item;  ///< bytes of an element
  void* at(std::int64_t element) const { return data + element * item; }
};

Map written(Array& result) { return {result.mutable_bytes(), sizeof(float)}; }

/// A feature map that oneDNN only reads, dense with channels last, in the type that it reads.
class ReadMap {
 public:
  ReadMap(const Array& map, ProductPrecision precision) : map_(channels_last_copy(map)) {
    if (precision == ProductPrecision::bf16) rounded_ = dense_as_bf16(map_);
  }
  ReadMap(const ReadMap&) = delete;
  ReadMap& operator=(const ReadMap&) = delete;

  Map map() const {
    if (rounded_) return {rounded_.data(), sizeof(bf16)};
    return {const_cast<std::byte*>(map_.bytes()), sizeof(float)};
  }

 private:
  Array map_;
  Buffer rounded_;
};

/// The parts of the weight one after the other, each as its slice reads it.
Buffer pack_slices(const KernelContext& context, const Pieces& pieces) {
  const std::size_t bytes = pieces.whole->weight_bytes();
  return context.prepare(1, static_cast<std::size_t>(pieces.slices) * bytes, [&](std::byte* to) {
    const Array& weight = context.input(1);
    Dims dims = weight.shape.dims();
    dims[0] /= pieces.slices;
    const Shape shape(dims);
    parallel_for(pieces.slices, 1, [&](std::int64_t slice, std::int64_t) {
      Array part = weight;
      part.shape = shape;
      part.offset += slice * part.shape[0] * weight.strides[0];
      pieces.whole->pack(part, to + static_cast<std::size_t>(slice) * bytes);
    });
  });
}

/// y from x, slice by slice.
void run_slices(const KernelContext& context, const Pieces& pieces, const ConvolutionSizes& sizes,
                const Map& x, float* bias, const Map& y) {
  const Buffer packed = pack_slices(context, pieces);
  const std::int64_t filters = sizes.out / pieces.slices, positions = sizes.positions();
  const std::int64_t part = positions * filters;
  const Buffer parts = allocate(static_cast<std::size_t>(part * pieces.slices) * sizeof(float));
  for (std::int64_t image = 0; image < sizes.batch; ++image) {
    parallel_for(pieces.slices, 1, [&](std::int64_t slice, std::int64_t) {
      auto* const from = reinterpret_cast<float*>(parts.data()) + slice * part;
      pieces.whole->run(
          {x.at(image * (sizes.in * sizes.x[0] * sizes.x[1] * sizes.x[2])),
           packed.data() + static_cast<std::size_t>(slice) * pieces.whole->weight_bytes(),
           bias ? bias + slice * filters : nullptr, from});
      auto* const to = static_cast<float*>(y.at(image * positions * sizes.out)) + slice * filters;
      for (std::int64_t i = 0; i < positions; ++i) {
        std::copy_n(from + i * filters, filters, to + i * sizes.out);
      }
    });
  }
}

/// y from x (forward), or x from y (data gradient), piece by piece.
void run_pieces(const KernelContext& context, const Pieces& pieces, const ConvolutionSizes& sizes,
                const Map& x, float* bias, const Map& y) {
  if (pieces.slices > 1) return run_slices(context, pieces, sizes, x, bias, y);
  const PackedWeight packed(context, pieces);
  const std::int64_t x_image = sizes.in * sizes.x[0] * sizes.x[1] * sizes.x[2];
  const std::int64_t y_image = sizes.out * sizes.positions();
  parallel_for(sizes.batch, pieces.images, [&](std::int64_t begin, std::int64_t) {
    pieces.at(begin).run(
        {x.at(begin * x_image), packed.of(pieces, begin), bias, y.at(begin * y_image)});
  });
}

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

void run_forward(const KernelContext& context, ProductPrecision precision) {
  const ConvolutionSizes sizes = forward_sizes(context);
  const ReadMap x(context.input(0), precision);
  const bool biased = context.input_count() == 3;
  const Array bias = biased ? row_major_copy(context.input(2)) : Array{};
  Array& y = context.allocate(0, channels_last(context.output().shape));
  run_pieces(context, find_pieces(Pass::forward, sizes, biased, precision), sizes, x.map(),
             biased ? const_cast<float*>(bias.data<float>()) : nullptr, written(y));
}

void run_data_gradient(const KernelContext& context, ProductPrecision precision) {
  const ConvolutionSizes sizes = data_gradient_sizes(context);
  const ReadMap y(context.input(0), precision);
  Array& x = context.allocate(0, channels_last(context.output().shape));
  run_pieces(context, find_pieces(Pass::data_gradient, sizes, false, precision), sizes, written(x),
             nullptr, y.map());
}

void run_weight_gradient(const KernelContext& context, ProductPrecision precision) {
  const ConvolutionSizes sizes = weight_gradient_sizes(context);
  const ReadMap y_map(context.input(0), precision), x_map(context.input(1), precision);
  const Map x = x_map.map(), y = y_map.map();
  Array& weight = context.allocate(0);
  Array& bias = context.allocate(1);
  const Pieces pieces = find_pieces(Pass::weight_gradient, sizes, true, precision);
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
    convolution.run(
        {x.at(begin * x_image), packed.data(), biases + part * sizes.out, y.at(begin * y_image)});
    convolution.unpack(packed.data(), weights + part * count);
  });
  if (number == 1) return;
  sum_parts(weights, number, count, weight.mutable_data<float>());
  sum_parts(biases, number, sizes.out, bias.mutable_data<float>());
}

/// Why bf16 would gain nothing, or nullptr. Measured with AMX: with few channels most of what is
/// multiplied is padding, and for few positions to round and arrange the weight takes longest.
/// Sizes alone decide, so that a convolution is the same on every processor.
const char* refuse_bf16(Pass pass, const ConvolutionSizes& sizes, const KernelContext& context) {
  const auto& attributes = context.attributes<ConvolutionAttributes>();
  if (attributes.precision != ProductPrecision::bf16) return "full precision";
  if (context.input().dtype != DType::f32) return "not f32";
  if (attributes.algorithm == ConvolutionAlgorithm::winograd) return "the algorithm is winograd";
  if (sizes.groups > 1) return "there are groups";
  const bool differentiates_weight = pass == Pass::weight_gradient;
  if (std::min(sizes.in, sizes.out) < (differentiates_weight ? 64 : 8)) {
    return "too few channels to gain from bf16";
  }
  const std::int64_t taps = sizes.kernel[0] * sizes.kernel[1] * sizes.kernel[2];
  if (differentiates_weight && taps == 1) return "moves more than it multiplies";
  const bool is_small = sizes.batch * sizes.positions() < 1024;
  return is_small ? "too few positions to gain from bf16" : nullptr;
}

const char* refuse_winograd(Pass pass, const KernelContext& context) {
  switch (pass) {
    case Pass::forward:
      return refuse_convolution_winograd(context);
    case Pass::data_gradient:
      return refuse_data_gradient_winograd(context);
    case Pass::weight_gradient:
      break;
  }
  return refuse_weight_gradient_winograd(context);
}

/// True if bf16 instructions compute it. Where they multiply twice as fast as those of f32, not
/// more, filtering of 3x3 by Winograd in f32 is ahead, which does a quarter of the multiplications.
bool is_native(Pass pass, const ConvolutionSizes& sizes, bool bias, const KernelContext& context) {
  if (!has_bf16_products()) return false;
  if (!onednn::has_amx() && sizes.taps() == 9 && !refuse_winograd(pass, context)) return false;
  return find_pieces(pass, sizes, bias, ProductPrecision::bf16).found();
}

/// Runs the first kernel behind that of bf16 that takes the call, over outputs that lie ready.
void run_next(const KernelContext& context) {
  const KernelContext call = context.planned();
  const Kernel* kernel = call.op().kernels.begin() + 1;
  while (kernel->refuse && kernel->refuse(call)) ++kernel;
  kernel->run(call);
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
  run_forward(context, ProductPrecision::full);
}
void run_data_gradient_onednn(const KernelContext& context) {
  run_data_gradient(context, ProductPrecision::full);
}
void run_weight_gradient_onednn(const KernelContext& context) {
  run_weight_gradient(context, ProductPrecision::full);
}

const char* refuse_convolution_bf16(const KernelContext& context) {
  return refuse_bf16(Pass::forward, forward_sizes(context), context);
}
const char* refuse_data_gradient_bf16(const KernelContext& context) {
  return refuse_bf16(Pass::data_gradient, data_gradient_sizes(context), context);
}
const char* refuse_weight_gradient_bf16(const KernelContext& context) {
  return refuse_bf16(Pass::weight_gradient, weight_gradient_sizes(context), context);
}

void run_on_rounded(const KernelContext& context, void (*run)(const KernelContext&)) {
  const Array a = rounded_to_bf16(context.input(0)), b = rounded_to_bf16(context.input(1));
  SmallVector<const Array*, 3> inputs{&a, &b};
  if (context.input_count() == 3) inputs.push_back(&context.input(2));
  const SmallVector<bool, 3> donatable(inputs.size(), false);
  run(KernelContext(context.op(), context.attributes(), {inputs.data(), inputs.size()},
                    {&context.output(0), context.output_count()},
                    {donatable.data(), donatable.size()}));
}

void run_convolution_bf16(const KernelContext& context) {
  const bool biased = context.input_count() == 3;
  if (is_native(Pass::forward, forward_sizes(context), biased, context)) {
    return run_forward(context, ProductPrecision::bf16);
  }
  context.allocate(0, channels_last(context.output().shape));
  run_on_rounded(context, run_next);
}

void run_data_gradient_bf16(const KernelContext& context) {
  if (is_native(Pass::data_gradient, data_gradient_sizes(context), false, context)) {
    return run_data_gradient(context, ProductPrecision::bf16);
  }
  context.allocate(0, channels_last(context.output().shape));
  run_on_rounded(context, run_next);
}

void run_weight_gradient_bf16(const KernelContext& context) {
  if (is_native(Pass::weight_gradient, weight_gradient_sizes(context), true, context)) {
    return run_weight_gradient(context, ProductPrecision::bf16);
  }
  context.allocate(0);
  context.allocate(1);
  run_on_rounded(context, run_next);
}

}  // namespace gradus
