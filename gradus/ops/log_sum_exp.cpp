#include <cmath>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax_rows.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

Specs infer_log_sum_exp(const InferContext& context) {
  if (context.dtype(0) != DType::f32 && context.dtype(0) != DType::f64) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes f32 or f64, not {}", name_of(context.dtype(0))));
  }
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  return {
      {reduced_shape(context.shape(0), attributes.axes, attributes.keep_axes), context.dtype(0)}};
}

/// The gradient is shared out by softmax.
Inputs log_sum_exp_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  const Tensor share = exp(x - with_kept_axes(context.output(), x, attributes));
  return {with_kept_axes(context.gradient(), x, attributes) * share};
}

const Fold* fold_of(DType dtype) { return softmax_functions(dtype).log_sum_exp; }

void run_vectors(const KernelContext& context) {
  const auto& attributes = context.attributes<ReduceAttributes>();
  fold(context, *fold_of(context.input().dtype), attributes.axes, attributes.keep_axes, 0);
}

template <class T>
void reduce_plainly(const KernelContext& context) {
  const Array& x = context.input();
  Array& y = context.allocate();
  const ReduceView view = view_of(x, context.attributes<ReduceAttributes>().axes);
  for (std::int64_t i = 0; i < view.kept.size(); ++i) {
    const T* base = x.data<T>() + offset_of(i, view.kept, view.kept_strides);
    const auto element = [&](std::int64_t k) -> long double {
      return base[offset_of(k, view.reduced, view.reduced_strides)];
    };
    long double shift = -INFINITY;
    for (std::int64_t k = 0; k < view.reduced.size(); ++k) {
      if (std::isnan(element(k)) || element(k) > shift) shift = element(k);
      if (std::isnan(shift)) break;
    }
    long double total = 0;
    for (std::int64_t k = 0; k < view.reduced.size(); ++k) total += std::exp(element(k) - shift);
    y.mutable_data<T>()[i] = static_cast<T>(std::isfinite(shift) ? shift + std::log(total) : shift);
  }
}

void run_reference(const KernelContext& context) {
  if (context.input().dtype == DType::f32) {
    reduce_plainly<float>(context);
  } else {
    reduce_plainly<double>(context);
  }
}

std::vector<Sample> log_sum_exp_samples() {
  const Tensor matrix{{1, -2, 3}, {0.5f, 4, -1}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {0, 7}}};
  const Tensor large{{88, 89, 90}, {-90, -91, -92}};
  return {
      {.name = "all", .inputs = {matrix}, .attributes = ReduceAttributes{{0, 1}, false}},
      {.name = "rows", .inputs = {large}, .attributes = ReduceAttributes{{1}, false}},
      {.name = "columns, kept", .inputs = {matrix}, .attributes = ReduceAttributes{{0}, true}},
      {.name = "outer and inner", .inputs = {cube}, .attributes = ReduceAttributes{{0, 2}, false}},
  };
}

}  // namespace

const OpDef kLogSumExp{
    .name = "log_sum_exp",
    .doc = "log(sum(exp(x))) over `axes`, without overflow. (...) -> (kept axes)",
    .infer = infer_log_sum_exp,
    .vjp = log_sum_exp_vjp,
    .kernels = {{"vectors", nullptr, run_vectors}, {"reference", nullptr, run_reference}},
    .samples = log_sum_exp_samples,
    .fold = fold_of,
    .onnx = "ReduceLogSumExp",
};

Tensor log_sum_exp(const Tensor& x, const ReduceOptions& options) {
  auto attributes = reduce_attributes("log_sum_exp", x, options.axes, options.keep_axes);
  const bool whole = x.dtype() == DType::boolean || is_integer(x.dtype());
  return apply(kLogSumExp, {whole ? cast(x, DType::f32) : x}, std::move(attributes));
}

}  // namespace gradus
