#include "gradus/ops/rearrange.h"

#include <optional>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include "casters.h"
#include "examples.h"
#include "gradus/ops/fuse.h"
#include "gradus/ops/select.h"
#include "module.h"
#include "tensor_like.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

Tensors tensors_of(nb::handle values) {
  Tensors tensors;
  for (const nb::handle value : nb::cast<nb::sequence>(values)) {
    tensors.push_back(tensor_from(value));
  }
  return tensors;
}

void bind_axes(nb::module_& module) {
  module.def(
      "reshape", [](const TensorLike& x, const Dims& shape) { return reshape(x, shape); }, "x"_a,
      "shape"_a, documented(kReshape).c_str());
  module.def("flatten",
             [](const TensorLike& x, int first, int last) { return flatten(x, first, last); },
             "x"_a, "first_axis"_a = 0, "last_axis"_a = -1,
             "Axes first_axis ... last_axis become one.");
  module.def(
      "transpose",
      [](const TensorLike& x, const std::optional<Dims>& axes) {
        return transpose(x, axes.value_or(Dims{}));
      },
      "x"_a, "axes"_a = nb::none(), documented(kTranspose).c_str());
  module.def("swap_axes", [](const TensorLike& x, int a, int b) { return swap_axes(x, a, b); },
             "x"_a, "a"_a, "b"_a, "Two axes exchanged.");
  module.def("expand_dims", [](const TensorLike& x, int axis) { return expand_dims(x, axis); },
             "x"_a, "axis"_a, "A new axis of extent 1 at `axis` of the result.");
  module.def("squeeze",
             [](const TensorLike& x, const std::optional<Dims>& axes) {
               return axes && axes->empty() ? x.tensor() : squeeze(x, axes.value_or(Dims{}));
             },
             "x"_a, "axes"_a = nb::none(),
             "Without axes of extent 1; all such axes if none are named.");
  module.def(
      "broadcast_to",
      [](const TensorLike& x, const Dims& shape) { return broadcast_to(x, Shape(shape)); }, "x"_a,
      "shape"_a, documented(kBroadcast).c_str());
  module.def(
      "flip",
      [](const TensorLike& x, const std::optional<Dims>& axes) {
        return flip(x, axes.value_or(Dims{}));
      },
      "x"_a, "axes"_a = nb::none(), documented(kFlip).c_str());
  module.def("select",
             [](const TensorLike& x, int axis, std::int64_t index) {
               return select(x, axis, index);
             },
             "x"_a, "axis"_a, "index"_a, "Element `index` along `axis`, without that axis.");
}

void bind_parts(nb::module_& module) {
  module.def(
      "pad",
      [](const TensorLike& x, const Dims& before, const Dims& after, double value) {
        return pad(x, before, after, value);
      },
      "x"_a, "before"_a, "after"_a, "value"_a = 0.0, documented(kPad).c_str());
  module.def(
      "concatenate",
      [](nb::handle tensors, int axis) { return concatenate(tensors_of(tensors), axis); },
      "tensors"_a, "axis"_a = 0, documented(kConcatenate).c_str());
  module.def("stack", [](nb::handle tensors, int axis) { return stack(tensors_of(tensors), axis); },
             "tensors"_a, "axis"_a = 0, "The tensors, of one shape, along a new axis.");
  module.def(
      "split", [](const TensorLike& x, int parts, int axis) { return split(x, parts, axis); },
      "x"_a, "parts"_a, "axis"_a = 0, documented(kSplit).c_str());
  module.def(
      "split",
      [](const TensorLike& x, const Dims& sizes, int axis) { return split(x, sizes, axis); }, "x"_a,
      "sizes"_a, "axis"_a = 0, documented(kSplit).c_str());
}

void bind_choices(nb::module_& module) {
  module.def(
      "where",
      [](const TensorLike& condition, nb::handle a, nb::handle b) {
        const bool a_is_tensor = nb::isinstance<Tensor>(a);
        const Tensor first =
            operand_from(a, nb::isinstance<Tensor>(b) ? nb::inst_ptr<Tensor>(b) : nullptr);
        return where(condition, first, operand_from(b, a_is_tensor ? &first : nullptr));
      },
      "condition"_a, "a"_a, "b"_a, documented(kWhere).c_str());
  module.def("clip",
             [](const TensorLike& value, nb::handle low, nb::handle high) {
               const Tensor x = value;
               return clip(x, operand_from(low, &x), operand_from(high, &x));
             },
             "x"_a, "low"_a, "high"_a, "min(max(x, low), high); NaN stays NaN.");
  module.def(
      "cast", [](const TensorLike& x, DType dtype) { return cast(x, dtype); }, "x"_a, "dtype"_a,
      documented(kCast).c_str());
  module.def("fuse", [](const Tensors& outputs) { return fuse(outputs); }, "outputs"_a,
             "The same values by fewer operations: elementwise operations that depend on each "
             "other, and a reduction behind them, become one pass over memory.");
}

}  // namespace

void bind_rearrangement(nb::module_& module) {
  bind_axes(module);
  bind_parts(module);
  bind_choices(module);
}

}  // namespace gradus::python
