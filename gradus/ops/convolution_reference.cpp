// Convolution and its gradients by the definition: one loop per axis, one multiply-add at a time.

#include "gradus/core/op_def.h"
#include "gradus/ops/convolution_kernels.h"

namespace gradus {
namespace {

/// Calls f for every position below `extents`.
template <class F>
void for_each_position(const Spatial& extents, F&& f) {
  for (std::int64_t i = 0; i < extents[0]; ++i) {
    for (std::int64_t j = 0; j < extents[1]; ++j) {
      for (std::int64_t k = 0; k < extents[2]; ++k) f(Spatial{i, j, k});
    }
  }
}

std::int64_t dot(const Spatial& a, const Spatial& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// Calls f(n, o, c, at_y, at_x, at_w) for every multiply-add of the convolution: image, filter,
/// channel within the group, and positions in y, x and the kernel.
template <class F>
void for_each_multiply_add(const ConvolutionSizes& sizes, F&& f) {
  for (std::int64_t n = 0; n < sizes.batch; ++n) {
    for (std::int64_t o = 0; o < sizes.out; ++o) {
      for_each_position(sizes.y, [&](const Spatial& at_y) {
        for (std::int64_t c = 0; c < sizes.in / sizes.groups; ++c) {
          for_each_position(sizes.kernel, [&](const Spatial& at_w) {
            Spatial at_x;
            for (std::size_t i = 0; i < 3; ++i) {
              at_x[i] = at_y[i] * sizes.stride[i] + at_w[i] * sizes.dilation[i] - sizes.before[i];
              if (at_x[i] < 0 || at_x[i] >= sizes.x[i]) return;
            }
            f(n, o, c, at_y, at_x, at_w);
          });
        }
      });
    }
  }
}

/// Elements of a map or a kernel by their indices.
template <class T>
struct Elements {
  T* data;
  MapStrides strides;
  T& operator()(std::int64_t outer, std::int64_t inner, const Spatial& at) const {
    return data[outer * strides.batch + inner * strides.channel + dot(at, strides.space)];
  }
};

template <class T>
Elements<const T> elements(const Array& array) {
  return {array.data<T>(), map_strides(array)};
}

template <class T>
Elements<T> zeroed_elements(Array& array) {
  std::fill_n(array.mutable_data<T>(), array.shape.size(), T(0));
  return {array.mutable_data<T>(), map_strides(array)};
}

template <class F>
void with_number(DType dtype, F&& f) {
  with_dtype(dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T> && sizeof(T) >= 4) f.template operator()<T>();
  });
}

}  // namespace

void run_convolution_reference(const KernelContext& context) {
  Array& output = context.allocate();
  const auto sizes = forward_sizes(context);
  const std::int64_t filters = sizes.out / sizes.groups, channels = sizes.in / sizes.groups;
  with_number(output.dtype, [&]<class T>() {
    const auto x = elements<T>(context.input(0));
    const auto weight = elements<T>(context.input(1));
    const auto y = zeroed_elements<T>(output);
    for_each_multiply_add(sizes, [&](auto n, auto o, auto c, auto& at_y, auto& at_x, auto& at_w) {
      y(n, o, at_y) += x(n, o / filters * channels + c, at_x) * weight(o, c, at_w);
    });
    if (context.input_count() < 3) return;
    const T* bias = context.input(2).data<T>();
    const std::int64_t step = context.input(2).strides[0];
    for (std::int64_t n = 0; n < sizes.batch; ++n) {
      for (std::int64_t o = 0; o < sizes.out; ++o) {
        for_each_position(sizes.y, [&](const Spatial& at) { y(n, o, at) += bias[o * step]; });
      }
    }
  });
}

void run_data_gradient_reference(const KernelContext& context) {
  Array& output = context.allocate();
  const auto sizes = data_gradient_sizes(context);
  const std::int64_t filters = sizes.out / sizes.groups, channels = sizes.in / sizes.groups;
  with_number(output.dtype, [&]<class T>() {
    const auto g = elements<T>(context.input(0));
    const auto weight = elements<T>(context.input(1));
    const auto x = zeroed_elements<T>(output);
    for_each_multiply_add(sizes, [&](auto n, auto o, auto c, auto& at_y, auto& at_x, auto& at_w) {
      x(n, o / filters * channels + c, at_x) += g(n, o, at_y) * weight(o, c, at_w);
    });
  });
}

void run_weight_gradient_reference(const KernelContext& context) {
  Array& weight_output = context.allocate(0);
  Array& bias_output = context.allocate(1);
  const auto sizes = weight_gradient_sizes(context);
  const std::int64_t filters = sizes.out / sizes.groups, channels = sizes.in / sizes.groups;
  with_number(weight_output.dtype, [&]<class T>() {
    const auto g = elements<T>(context.input(0));
    const auto x = elements<T>(context.input(1));
    const auto weight = zeroed_elements<T>(weight_output);
    for_each_multiply_add(sizes, [&](auto n, auto o, auto c, auto& at_y, auto& at_x, auto& at_w) {
      weight(o, c, at_w) += g(n, o, at_y) * x(n, o / filters * channels + c, at_x);
    });
    T* bias = bias_output.mutable_data<T>();
    std::fill_n(bias, sizes.out, T(0));
    for (std::int64_t n = 0; n < sizes.batch; ++n) {
      for (std::int64_t o = 0; o < sizes.out; ++o) {
        for_each_position(sizes.y, [&](const Spatial& at) { bias[o] += g(n, o, at); });
      }
    }
  });
}

}  // namespace gradus
