#include "gradus/ops/reduce.h"

#include <optional>
#include <utility>

#include <nanobind/stl/optional.h>

#include "casters.h"
#include "examples.h"
#include "gradus/ops/rearrange.h"
#include "module.h"
#include "tensor_like.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

using Axes = std::optional<Dims>;

/// f over no axes at all: each element by itself, on an axis of its own.
template <class F, class Options>
Tensor of_each_element(const F& f, const Tensor& x, Options options) {
  options.axes = {-1};
  options.keep_axes = false;
  return f(expand_dims(x, -1), options);
}

template <Tensor (*f)(const Tensor&, const ReduceOptions&)>
void bind_reduction(nb::module_& module, const char* name, const OpDef& op) {
  module.def(
      name,
      [](const TensorLike& value, const Axes& axes, bool keep_axes) {
        const Tensor x = value;
        if (axes && axes->empty()) return of_each_element(f, x, ReduceOptions{});
        return f(x, {.axes = axes.value_or(Dims{}), .keep_axes = keep_axes});
      },
      "x"_a, "axes"_a = nb::none(), "keep_axes"_a = false, documented(op).c_str());
}

template <Tensor (*f)(const Tensor&, const VarOptions&)>
void bind_variance(nb::module_& module, const char* name, const char* doc) {
  module.def(
      name,
      [](const TensorLike& value, const Axes& axes, bool keep_axes, std::int64_t correction) {
        const Tensor x = value;
        if (axes && axes->empty()) {
          return of_each_element(f, x, VarOptions{.correction = correction});
        }
        return f(x,
                 {.axes = axes.value_or(Dims{}), .keep_axes = keep_axes, .correction = correction});
      },
      "x"_a, "axes"_a = nb::none(), "keep_axes"_a = false, "correction"_a = 1, doc);
}

template <Tensor (*f)(const Tensor&, int)>
void bind_along_axis(nb::module_& module, const char* name, const char* doc) {
  module.def(
      name, [](const TensorLike& x, int axis) { return f(x, axis); }, "x"_a, "axis"_a = -1, doc);
}

}  // namespace

void bind_reductions(nb::module_& module) {
  bind_reduction<sum>(module, "sum", kSum);
  bind_reduction<mean>(module, "mean", kMean);
  bind_reduction<prod>(module, "prod", kProd);
  bind_reduction<max>(module, "max", kMax);
  bind_reduction<min>(module, "min", kMin);
  bind_reduction<any>(module, "any", kAny);
  bind_reduction<all>(module, "all", kAll);
  bind_reduction<log_sum_exp>(module, "log_sum_exp", kLogSumExp);
  bind_variance<var>(module, "var", documented(kVar).c_str());
  bind_variance<std_dev>(module, "std_dev", "The root of var() with the same arguments.");
  bind_along_axis<argmax>(module, "argmax", documented(kArgmax).c_str());
  bind_along_axis<argmin>(module, "argmin", documented(kArgmin).c_str());
  bind_along_axis<cumulative_sum>(module, "cumulative_sum", documented(kCumSum).c_str());
  bind_along_axis<cumulative_prod>(module, "cumulative_prod", documented(kCumProd).c_str());
  module.def(
      "linear_recurrence",
      [](const TensorLike& decay, const TensorLike& input, int axis) {
        return linear_recurrence(decay, input, axis);
      },
      "decay"_a, "input"_a, "axis"_a = -1, documented(kLinearRecurrence).c_str());
  module.def(
      "sum_to", [](const TensorLike& x, const Dims& shape) { return sum_to(x, Shape(shape)); },
      "x"_a, "shape"_a, "Sums a gradient back to the shape that broadcasting enlarged.");
}

}  // namespace gradus::python
