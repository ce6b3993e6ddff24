#include <type_traits>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/cumulative.h"
#include "gradus/ops/plain_folds.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"

namespace gradus {
namespace {

Specs infer_prod(const InferContext& context) {
  refuse_half(context.op.name, context.dtype(0));
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  const DType dtype = is_floating(context.dtype(0)) ? context.dtype(0) : DType::i64;
  return {{reduced_shape(context.shape(0), attributes.axes, attributes.keep_axes), dtype}};
}

/// For each element the product of the others: of those before it and those behind it, so that
/// zeros need no division. The reduced axes are seen as one.
Tensor product_of_others(const Tensor& x, const Dims& axes) {
  Dims order, extents;
  for (int axis = 0; axis < x.rank(); ++axis) {
    bool reduced = false;
    for (const std::int64_t a : axes) reduced = reduced || a == axis;
    if (!reduced) order.push_back(axis);
  }
  const std::size_t kept = order.size();
  order.append(axes.begin(), axes.end());
  const Tensor moved = transpose(x, order);
  for (std::size_t i = 0; i < kept; ++i) extents.push_back(moved.shape()[static_cast<int>(i)]);
  extents.push_back(reduced_count(x.shape(), axes));
  const Tensor lines = reshape(moved, extents);
  const Tensor before = scan(kCumProd, lines, {.axis = lines.rank() - 1, .exclusive = true});
  const Tensor behind =
      scan(kCumProd, lines, {.axis = lines.rank() - 1, .reverse = true, .exclusive = true});
  Dims back(order.size(), 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  }
  return transpose(reshape(before * behind, moved.shape()), back);
}

Inputs prod_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  if (!is_floating(x.dtype())) return {Tensor()};
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  if (attributes.axes.empty()) return {context.gradient()};
  return {with_kept_axes(context.gradient(), x, attributes) *
          product_of_others(x, attributes.axes)};
}

struct FloatProduct {
  using Total = double;
  static constexpr Total kStart = 1;
  static Total join(Total a, Total b) { return a * b; }
  static Total take(Total total, double element) { return total * element; }
};

struct IntegerProduct {
  using Total = std::int64_t;
  static constexpr Total kStart = 1;
  /// Wraps around, as NumPy's does.
  static Total join(Total a, Total b) {
    return static_cast<Total>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  }
  static Total take(Total total, std::int64_t element) { return join(total, element); }
};

void run_fold(const KernelContext& context) {
  const auto& attributes = context.attributes<ReduceAttributes>();
  with_dtype(context.input().dtype, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      fold(context, kPlainFold<FloatProduct, T, T>, attributes.axes, attributes.keep_axes, 0);
    } else if constexpr (std::is_integral_v<T>) {
      fold(context, kPlainFold<IntegerProduct, T, std::int64_t>, attributes.axes,
           attributes.keep_axes, 0);
    }
  });
}

void run_reference(const KernelContext& context) {
  const Array& x = context.input();
  Array& y = context.allocate();
  const ReduceView view = view_of(x, context.attributes<ReduceAttributes>().axes);
  with_dtype(x.dtype, [&]<class T>() {
    using Wide = std::conditional_t<std::is_floating_point_v<T>, long double, std::uint64_t>;
    using Result = std::conditional_t<std::is_floating_point_v<T>, T, std::int64_t>;
    if constexpr (std::is_arithmetic_v<T>) {
      for (std::int64_t i = 0; i < view.kept.size(); ++i) {
        const T* base = x.data<T>() + offset_of(i, view.kept, view.kept_strides);
        Wide total = 1;
        for (std::int64_t k = 0; k < view.reduced.size(); ++k) {
          total *= static_cast<Wide>(base[offset_of(k, view.reduced, view.reduced_strides)]);
        }
        y.mutable_data<Result>()[i] = static_cast<Result>(total);
      }
    }
  });
}

std::vector<Sample> prod_samples() {
  const Tensor matrix{{1, -2, 3}, {0.5f, 4, -1}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {1.5f, 0.25f}}};
  const Tensor zeros{{0, -2, 3, 1.5f}, {0, 4, 0, 2}, {2, 3, -1, 0}};
  return {
      {.name = "all", .inputs = {matrix}, .attributes = ReduceAttributes{{0, 1}, false}},
      {.name = "rows with zeros", .inputs = {zeros}, .attributes = ReduceAttributes{{1}, false}},
      {.name = "columns, kept", .inputs = {zeros}, .attributes = ReduceAttributes{{0}, true}},
      {.name = "outer and inner", .inputs = {cube}, .attributes = ReduceAttributes{{0, 2}, false}},
      {.name = "middle", .inputs = {cube}, .attributes = ReduceAttributes{{1}, false}},
      {.name = "0-d", .inputs = {Tensor(2.5f)}, .attributes = ReduceAttributes{{}, false}},
  };
}

}  // namespace

const OpDef kProd{
    .name = "prod",
    .doc =
        "The product over `axes`, which are left out or kept with extent 1. (...) -> (kept axes)",
    .infer = infer_prod,
    .vjp = prod_vjp,
    .kernels = {{"fold", nullptr, run_fold}, {"reference", nullptr, run_reference}},
    .samples = prod_samples,
    .onnx = "ReduceProd",
};

Tensor prod(const Tensor& x, const ReduceOptions& options) {
  return apply(kProd, {x}, reduce_attributes("prod", x, options.axes, options.keep_axes));
}

}  // namespace gradus
