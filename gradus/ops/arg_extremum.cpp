#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/along_axis.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"

namespace gradus {
namespace {

constexpr std::int64_t kGrain = 1 << 14;  // elements worth a thread of their own
constexpr std::int64_t kTile = 256;       // neighbouring lines that are walked together

struct AxisAttributes {
  int axis = 0;
  void fields(FieldVisitor& v) const { v("axis", axis); }
};

Specs infer_arg_extremum(const InferContext& context) {
  refuse_half(context.op.name, context.dtype(0));
  const int axis = context.attributes.as<AxisAttributes>().axis;
  const Shape& shape = context.shape(0);
  Shape result = reduced_shape(shape, {axis}, false);
  if (shape[axis] == 0 && result.size() > 0) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("axis {} of shape {} is empty", axis, shape.to_string()), {shape});
  }
  return {{std::move(result), DType::i64}};
}

/// Whether `a`, met later, takes the place of `b`: it is better, or the first NaN.
template <bool smallest, class T>
bool replaces(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return (smallest ? a < b : a > b) || (a != a && b == b);
  } else {
    return smallest ? a < b : a > b;
  }
}

template <bool smallest, class T>
std::int64_t index_in_row(const T* x, std::int64_t length) {
  T best = x[0];
  std::int64_t index = 0;
  for (std::int64_t k = 1; k < length; ++k) {
    if (replaces<smallest>(x[k], best)) {
      best = x[k];
      index = k;
    }
  }
  return index;
}

template <bool smallest, class T>
void indices_in_columns(const T* x, std::int64_t length, std::int64_t step, std::int64_t width,
                        std::int64_t* indices) {
  T best[kTile];
  std::copy_n(x, width, best);
  std::fill_n(indices, width, std::int64_t{0});
  for (std::int64_t k = 1; k < length; ++k) {
    x += step;
    for (std::int64_t j = 0; j < width; ++j) {
      if (replaces<smallest>(x[j], best[j])) {
        best[j] = x[j];
        indices[j] = k;
      }
    }
  }
}

template <bool smallest>
void run_lines(const KernelContext& context) {
  const Array x = row_major_copy(context.input());
  std::int64_t* const y = context.allocate().mutable_data<std::int64_t>();
  if (x.shape.size() == 0) return;
  const AlongAxis along = along_axis(x, context.attributes<AxisAttributes>().axis);
  const std::int64_t tiles = (along.inner + kTile - 1) / kTile;
  const std::int64_t size = along.length * std::min(along.inner, kTile);
  with_dtype(x.dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      parallel_for(along.outer * tiles, std::max<std::int64_t>(1, kGrain / size),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i) {
                       const std::int64_t column = i % tiles * kTile;
                       const std::int64_t outer = i / tiles;
                       const T* from = x.data<T>() + outer * along.length * along.inner + column;
                       std::int64_t* const to = y + outer * along.inner + column;
                       if (along.inner == 1) {
                         *to = index_in_row<smallest>(from, along.length);
                       } else {
                         indices_in_columns<smallest>(from, along.length, along.inner,
                                                      std::min(kTile, along.inner - column), to);
                       }
                     }
                   });
    }
  });
}

template <bool smallest>
void run_reference(const KernelContext& context) {
  const Array& x = context.input();
  std::int64_t* const y = context.allocate().mutable_data<std::int64_t>();
  const ReduceView view = view_of(x, {context.attributes<AxisAttributes>().axis});
  with_dtype(x.dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      for (std::int64_t i = 0; i < view.kept.size(); ++i) {
        const T* base = x.data<T>() + offset_of(i, view.kept, view.kept_strides);
        const std::int64_t step = view.reduced_strides[0];
        y[i] = 0;
        for (std::int64_t k = view.reduced[0] - 1; k >= 0; --k) {  // the first of equals is last
          const T a = base[k * step];
          const T b = base[y[i] * step];
          if (a != a || (b == b && (smallest ? a <= b : a >= b))) y[i] = k;
        }
      }
    }
  });
}

std::vector<Sample> arg_extremum_samples() {
  const Tensor matrix{{1, -2, 3, 3}, {4, 0.5f, -1, 4}, {-2, 7, -2, 7}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {0, 7}}};
  return {
      {.name = "rows", .inputs = {matrix}, .attributes = AxisAttributes{1}},
      {.name = "columns", .inputs = {matrix}, .attributes = AxisAttributes{0}},
      {.name = "middle", .inputs = {cube}, .attributes = AxisAttributes{1}},
      {.name = "vector", .inputs = {Tensor{2, 5, 5}}, .attributes = AxisAttributes{0}},
  };
}

Tensor apply_along(const OpDef& op, const Tensor& x, int axis) {
  if (!x.defined()) {
    throw Error(ErrorCode::invalid_argument, op.name, "the input is an undefined tensor");
  }
  return apply(op, {x}, AxisAttributes{normalize_axis(op.name, axis, x.shape())});
}

}  // namespace

const OpDef kArgmax{
    .name = "argmax",
    .doc = "The first index of the largest element along an axis. (..., n, ...) -> i64 (..., ...)",
    .infer = infer_arg_extremum,
    .no_derivative = "its values are indices",
    .kernels = {{"lines", nullptr, run_lines<false>}, {"reference", nullptr, run_reference<false>}},
    .samples = arg_extremum_samples,
    .onnx = "ArgMax",
};

const OpDef kArgmin{
    .name = "argmin",
    .doc = "The first index of the smallest element along an axis. (..., n, ...) -> i64 (..., ...)",
    .infer = infer_arg_extremum,
    .no_derivative = "its values are indices",
    .kernels = {{"lines", nullptr, run_lines<true>}, {"reference", nullptr, run_reference<true>}},
    .samples = arg_extremum_samples,
    .onnx = "ArgMin",
};

Tensor argmax(const Tensor& x, int axis) { return apply_along(kArgmax, x, axis); }

Tensor argmin(const Tensor& x, int axis) { return apply_along(kArgmin, x, axis); }

}  // namespace gradus
