#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/plain_folds.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/select.h"
#include "gradus/ops/vector_folds.h"

namespace gradus {
namespace {

Specs infer_extremum(const InferContext& context) {
  refuse_half(context.op.name, context.dtype(0));
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  const Shape& shape = context.shape(0);
  Shape result = reduced_shape(shape, attributes.axes, attributes.keep_axes);
  if (reduced_count(shape, attributes.axes) == 0 && result.size() > 0) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("nothing to reduce in shape {}", shape.to_string()), {shape});
  }
  return {{std::move(result), context.dtype(0)}};
}

/// The gradient goes to the elements that equal the result, in equal shares.
Inputs extremum_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  if (!is_floating(x.dtype())) return {Tensor()};
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  const Tensor chosen = cast(equal(x, with_kept_axes(context.output(), x, attributes)), x.dtype());
  const Tensor ties = sum(chosen, {.axes = attributes.axes, .keep_axes = attributes.keep_axes});
  return {with_kept_axes(context.gradient() / ties, x, attributes) * chosen};
}

const char* refuse_integers(const KernelContext& context) {
  return is_floating(context.input().dtype) ? nullptr : "the elements are integers";
}

const char* refuse_floats(const KernelContext& context) {
  return is_floating(context.input().dtype) ? "the elements are floating-point numbers" : nullptr;
}

void run_fold(const KernelContext& context) {
  const auto& attributes = context.attributes<ReduceAttributes>();
  const Fold& which = *context.op().fold(context.input().dtype);
  fold(context, which, attributes.axes, attributes.keep_axes, 0);
}

template <class T, bool smallest>
struct IntegerExtreme {
  using Total = T;
  static constexpr T kStart =
      smallest ? std::numeric_limits<T>::max() : std::numeric_limits<T>::lowest();
  static T join(T a, T b) { return (smallest ? b < a : b > a) ? b : a; }
  static T take(T total, T element) { return join(total, element); }
};

template <bool smallest>
const Fold* fold_of(DType dtype) {
  if (is_floating(dtype)) {
    return &vector_fold(smallest ? VectorFold::minimum : VectorFold::maximum, dtype);
  }
  return with_dtype(dtype, []<class T>() -> const Fold* {
    if constexpr (std::is_integral_v<T>) return &kPlainFold<IntegerExtreme<T, smallest>, T, T>;
    return nullptr;
  });
}

template <class T>
bool is_not_a_number(T value) {
  return value != value;
}

/// `better(a, b)`: a replaces b.
template <class Better>
void run_reference(const KernelContext& context, Better better) {
  const Array& x = context.input();
  Array& y = context.allocate();
  const ReduceView view = view_of(x, context.attributes<ReduceAttributes>().axes);
  with_dtype(x.dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, f16> && !std::is_same_v<T, bf16>) {
      for (std::int64_t i = 0; i < view.kept.size(); ++i) {
        const T* base = x.data<T>() + offset_of(i, view.kept, view.kept_strides);
        T best = *base;
        for (std::int64_t k = 1; k < view.reduced.size(); ++k) {
          const T value = base[offset_of(k, view.reduced, view.reduced_strides)];
          if (is_not_a_number(best)) break;
          if (is_not_a_number(value) || better(value, best)) best = value;
        }
        y.mutable_data<T>()[i] = best;
      }
    }
  });
}

void run_max_reference(const KernelContext& context) {
  run_reference(context, [](auto a, auto b) { return a > b; });
}

void run_min_reference(const KernelContext& context) {
  run_reference(context, [](auto a, auto b) { return a < b; });
}

std::vector<Sample> extremum_samples() {
  const Tensor matrix{{1, -2, 3}, {0.5f, 4, -1}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {0, 7}}};
  const Tensor tie{{1, 3, 3}, {-2, -2, 5}};
  return {
      {.name = "all", .inputs = {matrix}, .attributes = ReduceAttributes{{0, 1}, false}},
      {.name = "rows", .inputs = {matrix}, .attributes = ReduceAttributes{{1}, false}},
      {.name = "columns, kept", .inputs = {matrix}, .attributes = ReduceAttributes{{0}, true}},
      {.name = "outer and inner", .inputs = {cube}, .attributes = ReduceAttributes{{0, 2}, false}},
      {.name = "0-d", .inputs = {Tensor(2.5f)}, .attributes = ReduceAttributes{{}, false}},
      {.name = "tie",
       .inputs = {tie},
       .attributes = ReduceAttributes{{1}, false},
       .differentiable = false},
  };
}

}  // namespace

const OpDef kMax{
    .name = "max",
    .doc = "The largest element over `axes`, NaN if any is NaN. (...) -> (kept axes)",
    .infer = infer_extremum,
    .vjp = extremum_vjp,
    .kernels = {{"vectors", refuse_integers, run_fold},
                {"integers", refuse_floats, run_fold},
                {"reference", nullptr, run_max_reference}},
    .samples = extremum_samples,
    .fold = fold_of<false>,
    .onnx = "ReduceMax",
};

const OpDef kMin{
    .name = "min",
    .doc = "The smallest element over `axes`, NaN if any is NaN. (...) -> (kept axes)",
    .infer = infer_extremum,
    .vjp = extremum_vjp,
    .kernels = {{"vectors", refuse_integers, run_fold},
                {"integers", refuse_floats, run_fold},
                {"reference", nullptr, run_min_reference}},
    .samples = extremum_samples,
    .fold = fold_of<true>,
    .onnx = "ReduceMin",
};

Tensor max(const Tensor& x, const ReduceOptions& options) {
  return apply(kMax, {x}, reduce_attributes("max", x, options.axes, options.keep_axes));
}

Tensor min(const Tensor& x, const ReduceOptions& options) {
  return apply(kMin, {x}, reduce_attributes("min", x, options.axes, options.keep_axes));
}

}  // namespace gradus
