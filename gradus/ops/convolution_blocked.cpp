// Convolutions as matrix products of patches (Chellapilla, Puri and Simard 2006), in f32 and f64.

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/convolution_kernels.h"
#include "gradus/ops/patches.h"
#include "gradus/ops/product.h"
#include "gradus/ops/sum_rows.h"

namespace gradus {
namespace {

/// The weight as (out, kernel..., in / groups): its rows have the order of the columns of Patches.
Strides patch_strides(const Shape& weight) { return channels_last(weight); }

template <class T>
Product product_of(std::int64_t m, std::int64_t n, std::int64_t k) {
  Product p;
  p.dtype = dtype_of<T>;
  p.m = m;
  p.n = n;
  p.k = k;
  return p;
}

template <class T>
const std::byte* bytes_of(const T* data) {
  return reinterpret_cast<const std::byte*>(data);
}

/// Rows of patches that are written out at once: about 128 KiB.
template <class T>
std::int64_t rows_at_once(std::int64_t columns, std::int64_t positions) {
  const std::int64_t rows = (128 << 10) / static_cast<std::int64_t>(sizeof(T)) / columns;
  return std::clamp<std::int64_t>(rows, 12, std::max<std::int64_t>(12, positions));
}

/// Calls f(patches, group, image, row, rows) for every block of patches of every image and group,
/// images in parallel; `row` counts within the batch.
template <class T, class F>
void for_each_block(const ConvolutionSizes& sizes, const T* map, F&& f) {
  const std::int64_t image_work = sizes.multiply_adds() / sizes.batch;
  const std::int64_t images =
      std::max<std::int64_t>(1, (1 << 20) / std::max<std::int64_t>(1, image_work));
  parallel_for(sizes.batch, images, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = 0; group < sizes.groups; ++group) {
      const Patches<T> patches(sizes, map, group);
      const std::int64_t most = rows_at_once<T>(patches.columns(), sizes.positions());
      const Buffer scratch =
          allocate(static_cast<std::size_t>(most * patches.columns()) * sizeof(T));
      T* block = reinterpret_cast<T*>(scratch.data());
      const std::int64_t last = end * sizes.positions();
      for (std::int64_t row = begin * sizes.positions(); row < last; row += most) {
        f(patches, group, row, std::min(most, last - row), block);
      }
    }
  });
}

template <class T>
void convolve(const ConvolutionSizes& sizes, const T* x, const T* weight, const Array* bias, T* y) {
  const std::int64_t filters = sizes.out / sizes.groups;
  for_each_block(sizes, x,
                 [&](const Patches<T>& patches, std::int64_t group, std::int64_t row,
                     std::int64_t rows, T* block) {
                   const std::int64_t columns = patches.columns();
                   patches.write(row, rows, 0, columns, columns,
                                 reinterpret_cast<std::byte*>(block));
                   Product p = product_of<T>(rows, filters, columns);
                   p.a = bytes_of(block);
                   p.a_row = columns;
                   p.a_column = 1;
                   p.b = bytes_of(weight + group * filters * columns);
                   p.b_row = 1;
                   p.b_column = columns;
                   p.c = reinterpret_cast<std::byte*>(y + row * sizes.out + group * filters);
                   p.c_row = sizes.out;
                   if (bias) {
                     p.bias_step = bias->strides[0];
                     p.bias = bytes_of(bias->data<T>() + group * filters * p.bias_step);
                   }
                   multiply_packed(p);
                 });
}

template <class T>
void spread_back(const ConvolutionSizes& sizes, const T* y, const T* weight, T* x) {
  const std::int64_t filters = sizes.out / sizes.groups;
  std::fill_n(x, sizes.batch * sizes.in * sizes.x[0] * sizes.x[1] * sizes.x[2], T(0));
  for_each_block(sizes, static_cast<const T*>(x),
                 [&](const Patches<T>& patches, std::int64_t group, std::int64_t row,
                     std::int64_t rows, T* block) {
                   const std::int64_t columns = patches.columns();
                   Product p = product_of<T>(rows, columns, filters);
                   p.a = bytes_of(y + row * sizes.out + group * filters);
                   p.a_row = sizes.out;
                   p.a_column = 1;
                   p.b = bytes_of(weight + group * filters * columns);
                   p.b_row = columns;
                   p.b_column = 1;
                   p.c = reinterpret_cast<std::byte*>(block);
                   p.c_row = columns;
                   multiply_packed(p);
                   patches.add(row, rows, block, x);
                 });
}

template <class T>
void differentiate_weight(const ConvolutionSizes& sizes, const T* y, const T* x, T* weight) {
  const std::int64_t filters = sizes.out / sizes.groups;
  for (std::int64_t group = 0; group < sizes.groups; ++group) {
    const Patches<T> patches(sizes, x, group);
    Product p = product_of<T>(filters, patches.columns(), patches.rows());
    p.a = bytes_of(y + group * filters);
    p.a_row = 1;
    p.a_column = sizes.out;
    p.b_source = &patches;
    p.c = reinterpret_cast<std::byte*>(weight + group * filters * patches.columns());
    p.c_row = patches.columns();
    multiply_packed(p);
  }
}

/// A fresh copy of `array` with these strides.
Array copy_with(const Array& array, const Strides& strides) {
  Array copy{.shape = array.shape, .dtype = array.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(copy);
  copy.strides = strides;
  copy_strided(array.shape, size_of(array.dtype), array.bytes(), array.strides,
               copy.mutable_bytes(), strides);
  return copy;
}

template <class F>
void with_real(DType dtype, F&& f) {
  dtype == DType::f32 ? f.template operator()<float>() : f.template operator()<double>();
}

const char* refuse(const ConvolutionSizes& sizes, DType dtype) {
  if (dtype != DType::f32 && dtype != DType::f64) return "neither f32 nor f64";
  return sizes.multiply_adds() == 0 ? "empty" : nullptr;
}

}  // namespace

const char* refuse_convolution_blocked(const KernelContext& context) {
  return refuse(forward_sizes(context), context.input().dtype);
}
const char* refuse_data_gradient_blocked(const KernelContext& context) {
  return refuse(data_gradient_sizes(context), context.input().dtype);
}
const char* refuse_weight_gradient_blocked(const KernelContext& context) {
  return refuse(weight_gradient_sizes(context), context.input().dtype);
}

void run_convolution_blocked(const KernelContext& context) {
  const ConvolutionSizes sizes = forward_sizes(context);
  const Array x = channels_last_copy(context.input(0));
  const Array& given = context.input(1);
  const Array weight = copy_with(given, patch_strides(given.shape));
  Array& y = context.allocate(0, channels_last(context.output().shape));
  with_real(y.dtype, [&]<class T>() {
    convolve(sizes, x.data<T>(), weight.data<T>(),
             context.input_count() == 3 ? &context.input(2) : nullptr, y.mutable_data<T>());
  });
}

void run_data_gradient_blocked(const KernelContext& context) {
  const ConvolutionSizes sizes = data_gradient_sizes(context);
  const Array y = channels_last_copy(context.input(0));
  const Array& given = context.input(1);
  const Array weight = copy_with(given, patch_strides(given.shape));
  Array& x = context.allocate(0, channels_last(context.output().shape));
  with_real(x.dtype, [&]<class T>() {
    spread_back(sizes, y.data<T>(), weight.data<T>(), x.mutable_data<T>());
  });
}

void run_weight_gradient_blocked(const KernelContext& context) {
  const ConvolutionSizes sizes = weight_gradient_sizes(context);
  const Array y = channels_last_copy(context.input(0));
  const Array x = channels_last_copy(context.input(1));
  Array& bias = context.allocate(1);
  sum_rows(y.dtype, y.bytes(), sizes.batch * sizes.positions(), sizes.out, sizes.out,
           bias.mutable_bytes());
  Array& weight = context.allocate(0);
  Array by_patch{.shape = weight.shape, .dtype = weight.dtype, .strides = {}, .buffer = {}};
  allocate_row_major(by_patch);
  by_patch.strides = patch_strides(weight.shape);
  with_real(weight.dtype, [&]<class T>() {
    differentiate_weight(sizes, y.data<T>(), x.data<T>(), by_patch.mutable_data<T>());
  });
  copy_strided(weight.shape, size_of(weight.dtype), by_patch.bytes(), by_patch.strides,
               weight.mutable_bytes(), weight.strides);
}

}  // namespace gradus
