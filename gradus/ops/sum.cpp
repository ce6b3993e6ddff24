#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/plain_folds.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/vector_folds.h"

namespace gradus {
namespace {

Specs infer_sum(const InferContext& context) {
  refuse_half(context.op.name, context.dtype(0));
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  const DType dtype = is_floating(context.dtype(0)) ? context.dtype(0) : DType::i64;
  return {{reduced_shape(context.shape(0), attributes.axes, attributes.keep_axes), dtype}};
}

Specs infer_mean(const InferContext& context) {
  Specs specs = infer_sum(context);
  if (!is_floating(context.dtype(0))) specs[0].dtype = DType::f32;
  return specs;
}

Inputs sum_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  if (!is_floating(x.dtype())) return {Tensor()};
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  return {broadcast_to(with_kept_axes(context.gradient(), x, attributes), x.shape())};
}

Inputs mean_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  if (!is_floating(x.dtype())) return {Tensor()};
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  const auto count = static_cast<double>(reduced_count(x.shape(), attributes.axes));
  const Tensor share = context.gradient() * (1 / count);
  return {broadcast_to(with_kept_axes(share, x, attributes), x.shape())};
}

void run_fold(const KernelContext& context) {
  const auto& attributes = context.attributes<ReduceAttributes>();
  const auto count = static_cast<double>(reduced_count(context.input().shape, attributes.axes));
  const Fold& which = *context.op().fold(context.input().dtype);
  fold(context, which, attributes.axes, attributes.keep_axes, count);
}

const char* refuse_integers(const KernelContext& context) {
  return is_floating(context.input().dtype) ? nullptr : "the elements are integers";
}

const char* refuse_floats(const KernelContext& context) {
  return is_floating(context.input().dtype) ? "the elements are floating-point numbers" : nullptr;
}

struct IntegerSum {
  using Total = std::int64_t;
  static constexpr Total kStart = 0;
  /// Wraps around, as NumPy's does.
  static Total join(Total a, Total b) {
    return static_cast<Total>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
  static Total take(Total total, std::int64_t element) { return join(total, element); }
};

struct IntegerMean : IntegerSum {
  static double result(Total total, double count) { return static_cast<double>(total) / count; }
};

/// The fold by `kind` of floating-point elements, and by Op, with results of type R, of others.
template <VectorFold kind, class Op, class R>
const Fold* fold_of(DType dtype) {
  if (is_floating(dtype)) return &vector_fold(kind, dtype);
  return with_dtype(dtype, []<class T>() -> const Fold* {
    if constexpr (std::is_integral_v<T>) return &kPlainFold<Op, T, R>;
    return nullptr;
  });
}

/// finish(total, count) of every set of elements, added one by one in a wider type.
template <class F>
void run_reference(const KernelContext& context, F finish) {
  const Array& x = context.input();
  Array& y = context.allocate();
  const ReduceView view = view_of(x, context.attributes<ReduceAttributes>().axes);
  with_dtype(x.dtype, [&]<class T>() {
    using Wide =
        std::conditional_t<std::is_same_v<T, double>, long double,
                           std::conditional_t<std::is_same_v<T, float>, double, std::int64_t>>;
    if constexpr (!std::is_same_v<T, f16> && !std::is_same_v<T, bf16>) {
      for (std::int64_t i = 0; i < view.kept.size(); ++i) {
        const T* base = x.data<T>() + offset_of(i, view.kept, view.kept_strides);
        Wide total = 0;
        for (std::int64_t k = 0; k < view.reduced.size(); ++k) {
          total += static_cast<Wide>(base[offset_of(k, view.reduced, view.reduced_strides)]);
        }
        finish(y, i, total, view.reduced.size());
      }
    }
  });
}

void run_sum_reference(const KernelContext& context) {
  run_reference(context, [](Array& y, std::int64_t i, auto total, std::int64_t) {
    if (y.dtype == DType::i64) {
      y.mutable_data<std::int64_t>()[i] = static_cast<std::int64_t>(total);
    } else if (y.dtype == DType::f32) {
      y.mutable_data<float>()[i] = static_cast<float>(total);
    } else {
      y.mutable_data<double>()[i] = static_cast<double>(total);
    }
  });
}

void run_mean_reference(const KernelContext& context) {
  run_reference(context, [](Array& y, std::int64_t i, auto total, std::int64_t count) {
    const long double mean = static_cast<long double>(total) / static_cast<long double>(count);
    if (y.dtype == DType::f32) {
      y.mutable_data<float>()[i] = static_cast<float>(mean);
    } else {
      y.mutable_data<double>()[i] = static_cast<double>(mean);
    }
  });
}

std::vector<Sample> sum_samples() {
  const Tensor matrix{{1, -2, 3}, {0.5f, 4, -1}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {0, 7}}};
  return {
      {.name = "all", .inputs = {matrix}, .attributes = ReduceAttributes{{0, 1}, false}},
      {.name = "rows", .inputs = {matrix}, .attributes = ReduceAttributes{{1}, false}},
      {.name = "columns, kept", .inputs = {matrix}, .attributes = ReduceAttributes{{0}, true}},
      {.name = "outer and inner", .inputs = {cube}, .attributes = ReduceAttributes{{0, 2}, false}},
      {.name = "middle, kept", .inputs = {cube}, .attributes = ReduceAttributes{{1}, true}},
      {.name = "0-d", .inputs = {Tensor(2.5f)}, .attributes = ReduceAttributes{{}, false}},
  };
}

}  // namespace

const OpDef kSum{
    .name = "sum",
    .doc = "The sum over `axes`, which are left out or kept with extent 1. (...) -> (kept axes)",
    .infer = infer_sum,
    .vjp = sum_vjp,
    .kernels = {{"vectors", refuse_integers, run_fold},
                {"integers", refuse_floats, run_fold},
                {"reference", nullptr, run_sum_reference}},
    .samples = sum_samples,
    .fold = fold_of<VectorFold::sum, IntegerSum, std::int64_t>,
    .onnx = "ReduceSum",
};

const OpDef kMean{
    .name = "mean",
    .doc =
        "The arithmetic mean over `axes`, which are left out or kept with extent 1. "
        "(...) -> (kept axes)",
    .infer = infer_mean,
    .vjp = mean_vjp,
    .kernels = {{"vectors", refuse_integers, run_fold},
                {"integers", refuse_floats, run_fold},
                {"reference", nullptr, run_mean_reference}},
    .samples = sum_samples,
    .fold = fold_of<VectorFold::mean, IntegerMean, float>,
    .onnx = "ReduceMean",
};

Tensor sum(const Tensor& x, const ReduceOptions& options) {
  return apply(kSum, {x}, reduce_attributes("sum", x, options.axes, options.keep_axes));
}

Tensor mean(const Tensor& x, const ReduceOptions& options) {
  return apply(kMean, {x}, reduce_attributes("mean", x, options.axes, options.keep_axes));
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int added = x.rank() - shape.rank();
  bool fits = added >= 0;
  bool keep_axes = false;
  Dims axes;
  for (int axis = 0; fits && axis < x.rank(); ++axis) {
    if (axis < added) {
      axes.push_back(axis);
    } else if (shape[axis - added] != x.shape()[axis]) {
      fits = shape[axis - added] == 1;
      keep_axes = true;
      axes.push_back(axis);
    }
  }
  if (!fits) {
    throw Error(ErrorCode::shape, "sum_to",
                fmt::format("{} is not {} broadcast", x.shape().to_string(), shape.to_string()),
                {x.shape(), shape});
  }
  const Tensor total = apply(kSum, {x}, ReduceAttributes{std::move(axes), keep_axes});
  return total.shape() == shape ? total : reshape(total, shape);
}

}  // namespace gradus
