#include "gradus/ops/softmax.h"

#include <cmath>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax_rows.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

struct AxisAttributes {
  int axis = 0;
  void fields(FieldVisitor& v) const { v("axis", axis); }
};

int axis_of(const Attributes& attributes) { return attributes.as<AxisAttributes>().axis; }

void require_floating(const char* operation, DType dtype) {
  if (dtype != DType::f32 && dtype != DType::f64) {
    throw Error(ErrorCode::dtype, operation,
                fmt::format("takes f32 or f64, not {}", name_of(dtype)));
  }
}

Specs infer_softmax(const InferContext& context) {
  require_floating(context.op.name, context.dtype(0));
  return {{context.shape(0), context.dtype(0)}};
}

Specs infer_gradient(const InferContext& context) {
  require_floating(context.op.name, context.dtype(0));
  if (context.dtype(1) != context.dtype(0) || context.shape(1) != context.shape(0)) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("a gradient {} does not fit a result {}", context.inputs[1].signature(),
                            context.inputs[0].signature()),
                {context.shape(0), context.shape(1)});
  }
  return {{context.shape(0), context.dtype(0)}};
}

/// Input i without gaps between its elements, in any order of the axes.
Array dense_input(const KernelContext& context, std::size_t i) {
  const Array& x = context.input(i);
  return is_dense(x.shape, x.strides) ? x : row_major_copy(x);
}

/// Output 0 laid out as `x`: in x's own storage where that may be overwritten.
Array& output_like(const KernelContext& context, const Array& x) {
  if (context.donate(0)) return context.output();
  return context.allocate(0, x.strides);
}

void run_softmax(const KernelContext& context) {
  const Array x = dense_input(context, 0);
  Array& y = output_like(context, x);
  softmax_functions(x.dtype).softmax(along_axis(x, axis_of(context.attributes())), x.bytes(),
                                     y.mutable_bytes());
}

void run_log_softmax(const KernelContext& context) {
  const Array x = dense_input(context, 0);
  Array& y = output_like(context, x);
  softmax_functions(x.dtype).log_softmax(along_axis(x, axis_of(context.attributes())), x.bytes(),
                                         y.mutable_bytes());
}

void run_gradient(const KernelContext& context) {
  Array y = dense_input(context, 0);
  Array g = context.input(1);
  if (g.strides != y.strides) {
    y = row_major_copy(y);
    g = row_major_copy(g);
  }
  Array& result = context.allocate(0, y.strides);
  softmax_functions(y.dtype).softmax_gradient(along_axis(y, axis_of(context.attributes())),
                                              y.bytes(), g.bytes(), result.mutable_bytes());
}

// References. One line along the axis at a time, in a wider type.

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

/// Calls f.operator()<T>() with T float or double.
template <class F>
void with_float(DType dtype, F f) {
  if (dtype == DType::f32) {
    f.template operator()<float>();
  } else {
    f.template operator()<double>();
  }
}

/// Calls f(first, step) for every line along `axis` of a row-major tensor.
template <class F>
void for_each_line(const Shape& shape, int axis, F f) {
  if (shape.size() == 0) return;
  std::int64_t inner = 1;
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  const std::int64_t block = inner * shape[axis];
  for (std::int64_t outer = 0; outer < shape.size(); outer += block) {
    for (std::int64_t i = 0; i < inner; ++i) f(outer + i, inner);
  }
}

/// max(x) and log(sum(exp(x - max))) of a line.
template <class T>
struct Shifted {
  Wide<T> shift, log_sum;

  Shifted(const T* x, std::int64_t length, std::int64_t step) : shift(x[0]), log_sum(0) {
    for (std::int64_t k = 0; k < length; ++k) {
      if (x[k * step] != x[k * step] || x[k * step] > shift) shift = x[k * step];
      if (shift != shift) break;
    }
    for (std::int64_t k = 0; k < length; ++k) log_sum += std::exp(x[k * step] - shift);
    log_sum = std::log(log_sum);
  }
  Wide<T> log_softmax(T x) const { return x - shift - log_sum; }
};

template <bool log>
void run_reference(const KernelContext& context) {
  const Array x = row_major_copy(context.input());
  Array& y = context.allocate();
  const int axis = axis_of(context.attributes());
  with_float(x.dtype, [&]<class T>() {
    for_each_line(x.shape, axis, [&](std::int64_t first, std::int64_t step) {
      const T* from = x.data<T>() + first;
      const Shifted<T> line(from, x.shape[axis], step);
      for (std::int64_t k = 0; k < x.shape[axis]; ++k) {
        const Wide<T> value = line.log_softmax(from[k * step]);
        // An infinite maximum leaves no number: inf - inf in one element, and its sum in all.
        const Wide<T> result = std::isfinite(line.shift) ? value : line.shift - line.shift;
        y.mutable_data<T>()[first + k * step] = static_cast<T>(log ? result : std::exp(result));
      }
    });
  });
}

void run_gradient_reference(const KernelContext& context) {
  const Array y = row_major_copy(context.input(0));
  const Array g = row_major_copy(context.input(1));
  Array& result = context.allocate();
  const int axis = axis_of(context.attributes());
  with_float(y.dtype, [&]<class T>() {
    for_each_line(y.shape, axis, [&](std::int64_t first, std::int64_t step) {
      const T* p = y.data<T>() + first;
      const T* u = g.data<T>() + first;
      Wide<T> mean = 0;
      for (std::int64_t k = 0; k < y.shape[axis]; ++k) {
        mean += static_cast<Wide<T>>(p[k * step]) * u[k * step];
      }
      for (std::int64_t k = 0; k < y.shape[axis]; ++k) {
        result.mutable_data<T>()[first + k * step] =
            static_cast<T>(p[k * step] * (u[k * step] - mean));
      }
    });
  });
}

/// y * (g - sum(g * y)), the product of the Jacobian of softmax with g.
Tensor softmax_gradient(const Tensor& y, const Tensor& g, int axis) {
  return apply(kSoftmaxGradient, {y, g}, AxisAttributes{axis});
}

Inputs softmax_vjp(const VjpContext& context) {
  return {softmax_gradient(context.output(), context.gradient(), axis_of(context.attributes))};
}

Inputs log_softmax_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const int axis = axis_of(context.attributes);
  return {g - exp(context.output()) * sum(g, {.axes = {axis}, .keep_axes = true})};
}

Inputs gradient_vjp(const VjpContext& context) {
  const Tensor& y = context.inputs[0];
  const Tensor& g = context.inputs[1];
  const Tensor& u = context.gradient();
  const int axis = axis_of(context.attributes);
  const ReduceOptions along{.axes = {axis}, .keep_axes = true};
  Inputs result{Tensor(), Tensor()};
  if (context.needed[0]) result[0] = u * (g - sum(g * y, along)) - g * sum(u * y, along);
  if (context.needed[1]) result[1] = softmax_gradient(y, u, axis);
  return result;
}

std::vector<Sample> softmax_samples() {
  const Tensor matrix{{1, -2, 3}, {0.5f, 4, -1}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {0, 7}}};
  return {
      {.name = "rows", .inputs = {matrix}, .attributes = AxisAttributes{1}},
      {.name = "columns", .inputs = {matrix}, .attributes = AxisAttributes{0}},
      {.name = "middle", .inputs = {cube}, .attributes = AxisAttributes{1}},
      {.name = "vector", .inputs = {Tensor{100, 101, 99.5f}}, .attributes = AxisAttributes{0}},
      {.name = "empty",
       .inputs = {Tensor::from(std::vector<float>{}, Shape{0, 3})},
       .attributes = AxisAttributes{1}},
  };
}

std::vector<Sample> gradient_samples() {
  const Tensor y{{0.25f, 0.25f, 0.5f}, {0.125f, 0.75f, 0.125f}};
  const Tensor g{{1, -2, 3}, {0.5f, 4, -1}};
  return {
      {.name = "rows", .inputs = {y, g}, .attributes = AxisAttributes{1}},
      {.name = "columns", .inputs = {y, g}, .attributes = AxisAttributes{0}},
  };
}

}  // namespace

const OpDef kSoftmax{
    .name = "softmax",
    .doc = "exp(x) / sum(exp(x)) along an axis, without overflow. (...) -> (...)",
    .infer = infer_softmax,
    .vjp = softmax_vjp,
    .kernels = {{"vectors", nullptr, run_softmax}, {"reference", nullptr, run_reference<false>}},
    .samples = softmax_samples,
    .onnx = "Softmax",
};

const OpDef kLogSoftmax{
    .name = "log_softmax",
    .doc = "log(softmax(x)) along an axis, without overflow. (...) -> (...)",
    .infer = infer_softmax,
    .vjp = log_softmax_vjp,
    .kernels = {{"vectors", nullptr, run_log_softmax}, {"reference", nullptr, run_reference<true>}},
    .samples = softmax_samples,
    .onnx = "LogSoftmax",
};

const OpDef kSoftmaxGradient{
    .name = "softmax_gradient",
    .doc =
        "y * (g - sum(g * y)) along an axis: the derivative of y = softmax(x). "
        "(...), (...) -> (...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_gradient,
    .vjp = gradient_vjp,
    .kernels = {{"vectors", nullptr, run_gradient}, {"reference", nullptr, run_gradient_reference}},
    .samples = gradient_samples,
};

namespace {

Tensor apply_along(const OpDef& op, const Tensor& x, int axis) {
  if (!x.defined()) {
    throw Error(ErrorCode::invalid_argument, op.name, "the input is an undefined tensor");
  }
  return apply(op, {x}, AxisAttributes{normalize_axis(op.name, axis, x.shape())});
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) { return apply_along(kSoftmax, x, axis); }

Tensor log_softmax(const Tensor& x, int axis) { return apply_along(kLogSoftmax, x, axis); }

}  // namespace gradus
