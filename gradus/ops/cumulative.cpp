#include "gradus/ops/cumulative.h"

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/along_axis.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"

namespace gradus {
namespace {

constexpr std::int64_t kGrain = 1 << 14;  // elements worth a thread of their own
constexpr std::int64_t kTile = 256;       // neighbouring lines that are walked together

Specs infer_scan(const InferContext& context) {
  refuse_half(context.op.name, context.dtype(0));
  const DType dtype = is_floating(context.dtype(0)) ? context.dtype(0) : DType::i64;
  return {{context.shape(0), dtype}};
}

Specs infer_recurrence(const InferContext& context) {
  const DType dtype = context.dtype(0);
  if ((dtype != DType::f32 && dtype != DType::f64) || dtype != context.dtype(1)) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes f32 or f64, twice the same, not {} and {}", name_of(dtype),
                            name_of(context.dtype(1))));
  }
  if (context.shape(0) != context.shape(1)) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("decay {} and input {} must have the same shape",
                            context.shape(0).to_string(), context.shape(1).to_string()),
                {context.shape(0), context.shape(1)});
  }
  return {{context.shape(0), dtype}};
}

/// Each element in the place before its own along the axis (or with `reverse` behind it), with 0
/// where there is none.
Tensor next_in(const Tensor& x, int axis, bool reverse) {
  Dims before(static_cast<std::size_t>(x.rank()), 0), after(before);
  (reverse ? before : after)[static_cast<std::size_t>(axis)] = 1;
  const Range all_but_one = reverse ? Range{0, -1} : Range{1};
  return x.dim(axis) == 0 ? x : pad(slice(x, axis, all_but_one), before, after);
}

Tensor recurrence(const Tensor& decay, const Tensor& input, int axis, bool reverse) {
  return apply(kLinearRecurrence, {decay, input}, ScanAttributes{axis, reverse, false});
}

Inputs sum_vjp(const VjpContext& context) {
  if (!is_floating(context.inputs[0].dtype())) return {Tensor()};
  ScanAttributes attributes = context.attributes.as<ScanAttributes>();
  attributes.reverse = !attributes.reverse;
  return {scan(kCumSum, context.gradient(), attributes)};
}

/// The product of the elements before k, times the gradients behind k, each with the product of
/// the elements between: a recurrence, which no zero disturbs.
Inputs prod_vjp(const VjpContext& context) {
  const Tensor& x = context.inputs[0];
  if (!is_floating(x.dtype())) return {Tensor()};
  const auto [axis, reverse, exclusive] = context.attributes.as<ScanAttributes>();
  const Tensor before = scan(kCumProd, x, {axis, reverse, true});
  const Tensor& g = context.gradient();
  const Tensor behind = exclusive ? next_in(recurrence(x, g, axis, !reverse), axis, reverse)
                                  : recurrence(next_in(x, axis, reverse), g, axis, !reverse);
  return {before * behind};
}

Inputs recurrence_vjp(const VjpContext& context) {
  const auto& attributes = context.attributes.as<ScanAttributes>();
  const int axis = attributes.axis;
  const bool reverse = attributes.reverse;
  const Tensor of_input =
      recurrence(next_in(context.inputs[0], axis, reverse), context.gradient(), axis, !reverse);
  Inputs result{Tensor(), of_input};
  if (context.needed[0]) result[0] = of_input * next_in(context.output(), axis, !reverse);
  return result;
}

/// Calls line(first, step, width) for groups of `width` neighbouring lines along the axis; element
/// k of line j of the group lies at first + k * step + j.
template <class F>
void for_each_group(AlongAxis along, bool reverse, F line) {
  const std::int64_t tiles = (along.inner + kTile - 1) / kTile;
  const std::int64_t size = std::max<std::int64_t>(1, along.length * std::min(along.inner, kTile));
  parallel_for(along.outer * tiles, std::max<std::int64_t>(1, kGrain / size),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t column = i % tiles * kTile;
                   const std::int64_t block = i / tiles * along.length * along.inner;
                   const std::int64_t last = reverse ? (along.length - 1) * along.inner : 0;
                   line(block + last + column, reverse ? -along.inner : along.inner,
                        std::min(kTile, along.inner - column));
                 }
               });
}

struct Addition {
  static constexpr int kStart = 0;
  template <class W>
  static W join(W a, W b) {
    return a + b;
  }
};

struct Multiplication {
  static constexpr int kStart = 1;
  template <class W>
  static W join(W a, W b) {
    return a * b;
  }
};

/// Running totals of floating-point numbers are f64, those of integers wrap around.
template <class T>
using Total = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;
template <class T>
using ResultOf = std::conditional_t<std::is_floating_point_v<T>, T, std::int64_t>;

template <class Op>
void run_scan(const KernelContext& context) {
  const Array& given = context.input();
  const Array x = is_dense(given.shape, given.strides) ? given : row_major_copy(given);
  Array& y = context.allocate(0, x.strides);
  if (x.shape.size() == 0) return;
  const auto& attributes = context.attributes<ScanAttributes>();
  const AlongAxis along = along_axis(x, attributes.axis);
  with_dtype(x.dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      using R = ResultOf<T>;
      for_each_group(along, attributes.reverse,
                     [&](std::int64_t first, std::int64_t step, std::int64_t width) {
                       Total<T> totals[kTile];
                       std::fill_n(totals, width, static_cast<Total<T>>(Op::kStart));
                       const T* from = x.data<T>() + first;
                       R* to = y.mutable_data<R>() + first;
                       for (std::int64_t k = 0; k < along.length; ++k, from += step, to += step) {
                         for (std::int64_t j = 0; j < width; ++j) {
                           const Total<T> next =
                               Op::join(totals[j], static_cast<Total<T>>(from[j]));
                           to[j] = static_cast<R>(attributes.exclusive ? totals[j] : next);
                           totals[j] = next;
                         }
                       }
                     });
    }
  });
}

/// Every result from its own elements alone.
template <class Op>
void run_scan_reference(const KernelContext& context) {
  const Array x = row_major_copy(context.input());
  Array& y = context.allocate();
  if (x.shape.size() == 0) return;
  const auto& [axis, reverse, exclusive] = context.attributes<ScanAttributes>();
  const AlongAxis along = along_axis(x, axis);
  with_dtype(x.dtype, [&, reverse = reverse, exclusive = exclusive]<class T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      using Wide = std::conditional_t<std::is_floating_point_v<T>, long double, std::uint64_t>;
      for (std::int64_t i = 0; i < x.shape.size(); ++i) {
        const std::int64_t place = i / along.inner % along.length;
        Wide total = Op::kStart;
        for (std::int64_t k = 0; k < along.length; ++k) {
          const bool within = reverse ? k > place : k < place;
          if (!within && (exclusive || k != place)) continue;
          total = Op::join(total, static_cast<Wide>(x.data<T>()[i + (k - place) * along.inner]));
        }
        y.mutable_data<ResultOf<T>>()[i] = static_cast<ResultOf<T>>(total);
      }
    }
  });
}

template <class F>
void with_float(DType dtype, F f) {
  if (dtype == DType::f32) {
    f.template operator()<float>();
  } else {
    f.template operator()<double>();
  }
}

void run_recurrence(const KernelContext& context) {
  const Array decay = row_major_copy(context.input(0));
  const Array input = row_major_copy(context.input(1));
  Array& y = context.allocate();
  if (y.shape.size() == 0) return;
  const auto& attributes = context.attributes<ScanAttributes>();
  const AlongAxis along = along_axis(decay, attributes.axis);
  with_float(y.dtype, [&]<class T>() {
    for_each_group(
        along, attributes.reverse, [&](std::int64_t first, std::int64_t step, std::int64_t width) {
          double state[kTile] = {};
          for (std::int64_t k = 0; k < along.length; ++k, first += step) {
            for (std::int64_t j = 0; j < width; ++j) {
              state[j] = decay.data<T>()[first + j] * state[j] + input.data<T>()[first + j];
              y.mutable_data<T>()[first + j] = static_cast<T>(state[j]);
            }
          }
        });
  });
}

/// h[k] = sum over j <= k of input[j] * decay[j + 1] * ... * decay[k].
void run_recurrence_reference(const KernelContext& context) {
  const Array decay = row_major_copy(context.input(0));
  const Array input = row_major_copy(context.input(1));
  Array& y = context.allocate();
  if (y.shape.size() == 0) return;
  const auto& attributes = context.attributes<ScanAttributes>();
  const AlongAxis along = along_axis(decay, attributes.axis);
  const std::int64_t step = attributes.reverse ? -along.inner : along.inner;
  with_float(y.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < y.shape.size(); ++i) {
      const std::int64_t place = i / along.inner % along.length;
      const std::int64_t earlier = attributes.reverse ? along.length - 1 - place : place;
      long double total = 0, product = 1;
      for (std::int64_t back = 0; back <= earlier; ++back) {
        total += product * input.data<T>()[i - back * step];
        product *= decay.data<T>()[i - back * step];
      }
      y.mutable_data<T>()[i] = static_cast<T>(total);
    }
  });
}

std::vector<Sample> scan_samples() {
  const Tensor matrix{{1, -2, 3, 0.5f}, {0.5f, 4, -1, 2}};
  const Tensor zeros{{2, 0, 3, -1}, {0, 4, 0, 2}, {1.5f, -0.5f, 2, 0}};
  const Tensor cube{{{1, 2}, {3, 4}, {5, 6}}, {{-1, 0.5f}, {2, -3}, {0, 7}}};
  return {
      {.name = "rows", .inputs = {matrix}, .attributes = ScanAttributes{1, false, false}},
      {.name = "columns", .inputs = {zeros}, .attributes = ScanAttributes{0, false, false}},
      {.name = "zeros", .inputs = {zeros}, .attributes = ScanAttributes{1, false, false}},
      {.name = "middle, reversed", .inputs = {cube}, .attributes = ScanAttributes{1, true, false}},
      {.name = "exclusive", .inputs = {zeros}, .attributes = ScanAttributes{1, false, true}},
      {.name = "exclusive, reversed",
       .inputs = {zeros},
       .attributes = ScanAttributes{1, true, true}},
      {.name = "empty",
       .inputs = {Tensor::from(std::vector<float>{}, Shape{2, 0})},
       .attributes = ScanAttributes{1, false, false}},
  };
}

std::vector<Sample> recurrence_samples() {
  const Tensor decay{{0.5f, -2, 0, 0.5f}, {0.5f, 1, -1, 2}};
  const Tensor input{{1, -2, 3, 0.25f}, {2, 0, 1.5f, -1}};
  return {
      {.name = "rows", .inputs = {decay, input}, .attributes = ScanAttributes{1, false, false}},
      {.name = "columns", .inputs = {decay, input}, .attributes = ScanAttributes{0, false, false}},
      {.name = "reversed", .inputs = {decay, input}, .attributes = ScanAttributes{1, true, false}},
  };
}

Tensor scan_along(const OpDef& op, const Tensor& x, int axis) {
  if (!x.defined()) {
    throw Error(ErrorCode::invalid_argument, op.name, "the input is an undefined tensor");
  }
  return scan(op, x, {.axis = normalize_axis(op.name, axis, x.shape())});
}

}  // namespace

const OpDef kCumSum{
    .name = "cumulative_sum",
    .doc = "Sums of the elements up to each along an axis. (...) -> (...)",
    .infer = infer_scan,
    .vjp = sum_vjp,
    .kernels = {{"lines", nullptr, run_scan<Addition>},
                {"reference", nullptr, run_scan_reference<Addition>}},
    .samples = scan_samples,
    .onnx = "CumSum",
};

const OpDef kCumProd{
    .name = "cumulative_prod",
    .doc = "Products of the elements up to each along an axis. (...) -> (...)",
    .infer = infer_scan,
    .vjp = prod_vjp,
    .kernels = {{"lines", nullptr, run_scan<Multiplication>},
                {"reference", nullptr, run_scan_reference<Multiplication>}},
    .samples = scan_samples,
};

const OpDef kLinearRecurrence{
    .name = "linear_recurrence",
    .doc =
        "h[k] = decay[k] * h[k - 1] + input[k] along an axis, from h[-1] = 0. "
        "(...), (...) -> (...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_recurrence,
    .vjp = recurrence_vjp,
    .kernels = {{"lines", nullptr, run_recurrence},
                {"reference", nullptr, run_recurrence_reference}},
    .samples = recurrence_samples,
};

Tensor cumulative_sum(const Tensor& x, int axis) { return scan_along(kCumSum, x, axis); }

Tensor cumulative_prod(const Tensor& x, int axis) { return scan_along(kCumProd, x, axis); }

Tensor linear_recurrence(const Tensor& decay, const Tensor& input, int axis) {
  if (!decay.defined() || !input.defined()) {
    throw Error(ErrorCode::invalid_argument, "linear_recurrence",
                "an input is an undefined tensor");
  }
  return recurrence(decay, input, normalize_axis("linear_recurrence", axis, decay.shape()), false);
}

}  // namespace gradus
