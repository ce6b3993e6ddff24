#include <type_traits>

#include "gradus/ops/plain_folds.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"

namespace gradus {
namespace {

Specs infer_any_all(const InferContext& context) {
  refuse_half(context.op.name, context.dtype(0));
  const auto& attributes = context.attributes.as<ReduceAttributes>();
  return {{reduced_shape(context.shape(0), attributes.axes, attributes.keep_axes), DType::boolean}};
}

/// Whether any element is not 0, or with `every` whether all are. NaN is not 0.
template <bool every>
struct Truth {
  using Total = bool;
  static constexpr bool kStart = every;
  static bool join(bool a, bool b) { return every ? a && b : a || b; }
  template <class T>
  static bool take(bool total, T element) {
    return join(total, element != T(0));
  }
};

template <bool every>
void run_fold(const KernelContext& context) {
  const auto& attributes = context.attributes<ReduceAttributes>();
  with_dtype(context.input().dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      fold(context, kPlainFold<Truth<every>, T, bool>, attributes.axes, attributes.keep_axes, 0);
    }
  });
}

template <bool every>
void run_reference(const KernelContext& context) {
  const Array& x = context.input();
  Array& y = context.allocate();
  const ReduceView view = view_of(x, context.attributes<ReduceAttributes>().axes);
  with_dtype(x.dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      for (std::int64_t i = 0; i < view.kept.size(); ++i) {
        const T* base = x.data<T>() + offset_of(i, view.kept, view.kept_strides);
        std::int64_t count = 0;
        for (std::int64_t k = 0; k < view.reduced.size(); ++k) {
          if (base[offset_of(k, view.reduced, view.reduced_strides)] != T(0)) ++count;
        }
        y.mutable_data<bool>()[i] = every ? count == view.reduced.size() : count > 0;
      }
    }
  });
}

std::vector<Sample> any_all_samples() {
  const Tensor matrix{{1, 0, 3}, {0, 0, 0}, {-1, 2, 0.5f}};
  const Tensor none = Tensor::from(std::vector<float>{}, Shape{2, 0});
  return {
      {.name = "all axes", .inputs = {matrix}, .attributes = ReduceAttributes{{0, 1}, false}},
      {.name = "rows", .inputs = {matrix}, .attributes = ReduceAttributes{{1}, false}},
      {.name = "columns, kept", .inputs = {matrix}, .attributes = ReduceAttributes{{0}, true}},
      {.name = "empty rows", .inputs = {none}, .attributes = ReduceAttributes{{1}, false}},
      {.name = "integers", .inputs = {Tensor(3)}, .attributes = ReduceAttributes{{}, false}},
  };
}

}  // namespace

const OpDef kAny{
    .name = "any",
    .doc = "Whether any element over `axes` is not 0. (...) -> bool (kept axes)",
    .infer = infer_any_all,
    .no_derivative = "its values are truth values",
    .kernels = {{"fold", nullptr, run_fold<false>}, {"reference", nullptr, run_reference<false>}},
    .samples = any_all_samples,
};

const OpDef kAll{
    .name = "all",
    .doc = "Whether all elements over `axes` are not 0. (...) -> bool (kept axes)",
    .infer = infer_any_all,
    .no_derivative = "its values are truth values",
    .kernels = {{"fold", nullptr, run_fold<true>}, {"reference", nullptr, run_reference<true>}},
    .samples = any_all_samples,
};

Tensor any(const Tensor& x, const ReduceOptions& options) {
  return apply(kAny, {x}, reduce_attributes("any", x, options.axes, options.keep_axes));
}

Tensor all(const Tensor& x, const ReduceOptions& options) {
  return apply(kAll, {x}, reduce_attributes("all", x, options.axes, options.keep_axes));
}

}  // namespace gradus
