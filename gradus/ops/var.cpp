#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/moments.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

struct VarAttributes : ReduceAttributes {
  std::int64_t correction = 1;
  void fields(FieldVisitor& v) const {
    ReduceAttributes::fields(v);
    v("correction", correction);
  }
};

Specs infer_var(const InferContext& context) {
  if (context.dtype(0) != DType::f32 && context.dtype(0) != DType::f64) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes f32 or f64, not {}", name_of(context.dtype(0))));
  }
  const auto& attributes = context.attributes.as<VarAttributes>();
  return {
      {reduced_shape(context.shape(0), attributes.axes, attributes.keep_axes), context.dtype(0)}};
}

/// n - correction, or 0 where that is negative.
double divisor(const Shape& shape, const VarAttributes& attributes) {
  return static_cast<double>(
      std::max<std::int64_t>(reduced_count(shape, attributes.axes) - attributes.correction, 0));
}

Inputs var_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  const auto& attributes = context.attributes.as<VarAttributes>();
  const Tensor factor = context.gradient() * (2 / divisor(x.shape(), attributes));
  const Tensor centred = x - mean(x, {.axes = attributes.axes, .keep_axes = true});
  return {with_kept_axes(factor, x, attributes) * centred};
}

void run_var(const KernelContext& context) {
  const auto& attributes = context.attributes<VarAttributes>();
  fold(context, moment_folds(context.input().dtype).variance, attributes.axes, attributes.keep_axes,
       static_cast<double>(attributes.correction));
}

void run_reference(const KernelContext& context) {
  const Array& x = context.input();
  Array& y = context.allocate();
  const auto& attributes = context.attributes<VarAttributes>();
  const ReduceView view = view_of(x, attributes.axes);
  const auto n = view.reduced.size();
  const auto compute = [&]<class T>() {
    for (std::int64_t i = 0; i < view.kept.size(); ++i) {
      const T* base = x.data<T>() + offset_of(i, view.kept, view.kept_strides);
      const auto element = [&](std::int64_t k) -> long double {
        return base[offset_of(k, view.reduced, view.reduced_strides)];
      };
      long double total = 0, squares = 0;
      for (std::int64_t k = 0; k < n; ++k) total += element(k);
      const long double centre = total / static_cast<long double>(n);
      for (std::int64_t k = 0; k < n; ++k) squares += (element(k) - centre) * (element(k) - centre);
      y.mutable_data<T>()[i] = static_cast<T>(squares / divisor(x.shape, attributes));
    }
  };
  if (x.dtype == DType::f32) {
    compute.operator()<float>();
  } else {
    compute.operator()<double>();
  }
}

VarAttributes var_attributes(const Dims& axes, bool keep_axes, std::int64_t correction) {
  VarAttributes attributes;
  attributes.axes = axes;
  attributes.keep_axes = keep_axes;
  attributes.correction = correction;
  return attributes;
}

std::vector<Sample> var_samples() {
  const Tensor matrix{{1, -2, 3}, {0.5f, 4, -1}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {0, 7}}};
  const Tensor far{{10001, 9999, 10003}, {20000.5f, 20004, 19999}};
  return {
      {.name = "all", .inputs = {matrix}, .attributes = var_attributes({0, 1}, false, 1)},
      {.name = "rows", .inputs = {matrix}, .attributes = var_attributes({1}, false, 0)},
      {.name = "columns, kept", .inputs = {matrix}, .attributes = var_attributes({0}, true, 1)},
      {.name = "outer and inner", .inputs = {cube}, .attributes = var_attributes({0, 2}, false, 1)},
      // no differences: steps of 2e-4 beside 2e4 leave too few digits
      {.name = "far from 0",
       .inputs = {far},
       .attributes = var_attributes({1}, false, 1),
       .differentiable = false},
  };
}

}  // namespace

const OpDef kVar{
    .name = "var",
    .doc =
        "The variance over `axes`: squared deviations from the mean, over n - correction. "
        "(...) -> (kept axes)",
    .infer = infer_var,
    .vjp = var_vjp,
    .kernels = {{"vectors", nullptr, run_var}, {"reference", nullptr, run_reference}},
    .samples = var_samples,
};

Tensor var(const Tensor& x, const VarOptions& options) {
  const ReduceAttributes reduce = reduce_attributes("var", x, options.axes, options.keep_axes);
  // as of the mean, integers are computed in f32
  const Tensor from = is_floating(x.dtype()) ? x : cast(x, DType::f32);
  return apply(kVar, {from}, var_attributes(reduce.axes, reduce.keep_axes, options.correction));
}

Tensor std_dev(const Tensor& x, const VarOptions& options) {
  const Tensor variance = var(x, options);
  const Tensor zero = number_like(0, variance);
  const Tensor nothing = equal(variance, zero);
  // The root has no derivative at 0; of equal numbers it is 0.
  return where(nothing, zero, sqrt(where(nothing, number_like(1, variance), variance)));
}

}  // namespace gradus
