// Pooling by the definition, one element at a time.

#include <algorithm>
#include <type_traits>

#include "gradus/ops/pooling_kernels.h"

namespace gradus {

PoolSizes::PoolSizes(const Shape& x_shape, const Shape& y_shape, const PoolAttributes& attributes)
    : batch(x_shape[0]),
      channels(x_shape[1]),
      x(spatial_extents(x_shape)),
      y(spatial_extents(y_shape)),
      window(spatial(attributes.window, 1)),
      stride(spatial(attributes.stride, 1)),
      padding(spatial(attributes.padding, 0)) {}

PoolSizes::Inside PoolSizes::inside(const Spatial& at) const {
  Inside part;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t start = at[i] * stride[i] - padding[i];
    part.begin[i] = std::max<std::int64_t>(start, 0);
    part.end[i] = std::min(start + window[i], x[i]);
  }
  return part;
}

namespace {

std::int64_t dot(const Spatial& a, const Spatial& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

template <class F>
void for_each_between(const Spatial& begin, const Spatial& end, F&& f) {
  for (std::int64_t i = begin[0]; i < end[0]; ++i) {
    for (std::int64_t j = begin[1]; j < end[1]; ++j) {
      for (std::int64_t k = begin[2]; k < end[2]; ++k) f(Spatial{i, j, k});
    }
  }
}

/// Calls f(n, c, at) for every element of y.
template <class F>
void for_each_result(const PoolSizes& sizes, F&& f) {
  for (std::int64_t n = 0; n < sizes.batch; ++n) {
    for (std::int64_t c = 0; c < sizes.channels; ++c) {
      for_each_between({0, 0, 0}, sizes.y, [&](const Spatial& at) { f(n, c, at); });
    }
  }
}

template <class T>
struct Elements {
  T* data;
  MapStrides strides;
  T& operator()(std::int64_t n, std::int64_t c, const Spatial& at) const {
    return data[n * strides.batch + c * strides.channel + dot(at, strides.space)];
  }
};

template <class T>
Elements<const T> elements(const Array& array) {
  return {array.data<T>(), map_strides(array)};
}
template <class T>
Elements<T> zeroed(Array& array) {
  std::fill_n(array.mutable_data<T>(), array.shape.size(), T(0));
  return {array.mutable_data<T>(), map_strides(array)};
}

/// Where the largest element of a window lies: the first one, or the last NaN.
template <class T>
Spatial place_of_maximum(const PoolSizes& sizes, const Elements<const T>& x, std::int64_t n,
                         std::int64_t c, const Spatial& at) {
  const auto inside = sizes.inside(at);
  Spatial best = inside.begin;
  for_each_between(inside.begin, inside.end, [&](const Spatial& place) {
    const T value = x(n, c, place);
    if (value > x(n, c, best) || value != value) best = place;
  });
  return best;
}

template <class F>
void with_number(DType dtype, F&& f) {
  with_dtype(dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) f.template operator()<T>();
  });
}

template <class F>
void with_real(DType dtype, F&& f) {
  dtype == DType::f32 ? f.template operator()<float>() : f.template operator()<double>();
}

}  // namespace

void run_max_pool_reference(const KernelContext& context) {
  Array& output = context.allocate();
  const PoolSizes sizes(context.input().shape, output.shape, context.attributes<PoolAttributes>());
  with_number(output.dtype, [&]<class T>() {
    const auto x = elements<T>(context.input());
    const auto y = zeroed<T>(output);
    for_each_result(sizes, [&](auto n, auto c, auto& at) {
      y(n, c, at) = x(n, c, place_of_maximum(sizes, x, n, c, at));
    });
  });
}

void run_max_pool_gather_reference(const KernelContext& context) {
  Array& output = context.allocate();
  const PoolSizes sizes(context.input().shape, output.shape, context.attributes<PoolAttributes>());
  with_number(output.dtype, [&]<class T>() {
    const auto x = elements<T>(context.input(0));
    const auto u = elements<T>(context.input(1));
    const auto y = zeroed<T>(output);
    for_each_result(sizes, [&](auto n, auto c, auto& at) {
      y(n, c, at) = u(n, c, place_of_maximum(sizes, x, n, c, at));
    });
  });
}

void run_max_pool_gradient_reference(const KernelContext& context) {
  Array& output = context.allocate();
  const PoolSizes sizes(output.shape, context.input(1).shape, context.attributes<PoolAttributes>());
  with_number(output.dtype, [&]<class T>() {
    const auto x = elements<T>(context.input(0));
    const auto g = elements<T>(context.input(1));
    const auto result = zeroed<T>(output);
    for_each_result(sizes, [&](auto n, auto c, auto& at) {
      result(n, c, place_of_maximum(sizes, x, n, c, at)) += g(n, c, at);
    });
  });
}

void run_average_pool_reference(const KernelContext& context) {
  Array& output = context.allocate();
  const PoolSizes sizes(context.input().shape, output.shape, context.attributes<PoolAttributes>());
  with_real(output.dtype, [&]<class T>() {
    const auto x = elements<T>(context.input());
    const auto y = zeroed<T>(output);
    for_each_result(sizes, [&](auto n, auto c, auto& at) {
      const auto inside = sizes.inside(at);
      for_each_between(inside.begin, inside.end,
                       [&](const Spatial& place) { y(n, c, at) += x(n, c, place); });
      y(n, c, at) /= static_cast<T>(inside.count());
    });
  });
}

void run_average_pool_gradient_reference(const KernelContext& context) {
  Array& output = context.allocate();
  const PoolSizes sizes(output.shape, context.input().shape, context.attributes<PoolAttributes>());
  with_real(output.dtype, [&]<class T>() {
    const auto g = elements<T>(context.input());
    const auto x = zeroed<T>(output);
    for_each_result(sizes, [&](auto n, auto c, auto& at) {
      const auto inside = sizes.inside(at);
      const T share = g(n, c, at) / static_cast<T>(inside.count());
      for_each_between(inside.begin, inside.end,
                       [&](const Spatial& place) { x(n, c, place) += share; });
    });
  });
}

}  // namespace gradus
