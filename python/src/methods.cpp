#include <optional>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "arrays.h"
#include "casters.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "module.h"

// Methods of tensors by NumPy's names, with NumPy's axis and keepdims. Each is the function of the
// module.

namespace gradus::python {
namespace {

using namespace nb::literals;

/// Calls a function of the module. NumPy's functions call methods with a type and an output, too.
Tensor reduced(const char* function, const nb::object& dtype, const nb::object& out,
               const nb::args& arguments) {
  if (!out.is_none()) throw nb::type_error("tensors are immutable: there is no out");
  const auto result =
      nb::cast<Tensor>(nb::module_::import_("gradus._core").attr(function)(*arguments));
  return dtype.is_none() ? result : cast(result, nb::cast<DType>(dtype));
}

void bind_reduction(nb::class_<Tensor>& tensor, const char* name) {
  const std::string function = name;
  tensor.def(
      name,
      [function](nb::handle x, const nb::object& axis, bool keepdims, const nb::object& dtype,
                 const nb::object& out) {
        return reduced(function.c_str(), dtype, out,
                       nb::borrow<nb::args>(nb::make_tuple(x, axis, keepdims)));
      },
      "axis"_a = nb::none(), "keepdims"_a = false, "dtype"_a = nb::none(), "out"_a = nb::none(),
      ("gradus." + function + "() over an axis, several, or all.").c_str());
}

void bind_spread(nb::class_<Tensor>& tensor, const char* name, const char* function) {
  const std::string called = function;
  tensor.def(
      name,
      [called](nb::handle x, const nb::object& axis, int correction, bool keepdims,
               const nb::object& dtype, const nb::object& out, std::optional<int> ddof) {
        return reduced(
            called.c_str(), dtype, out,
            nb::borrow<nb::args>(nb::make_tuple(x, axis, keepdims, ddof.value_or(correction))));
      },
      "axis"_a = nb::none(), "correction"_a = 1, "keepdims"_a = false, "dtype"_a = nb::none(),
      "out"_a = nb::none(), "ddof"_a = nb::none(),
      ("gradus." + called + "() over an axis, several, or all; over n - correction.").c_str());
}

/// Extents or axes that are given as one sequence or one by one.
Dims dims_of(const nb::args& arguments) {
  const nb::object given = arguments.size() == 1 ? nb::borrow(arguments[0]) : nb::borrow(arguments);
  Dims dims;
  if (!nb::try_cast(given, dims))
    throw nb::type_error("integers are wanted here, or one sequence of them");
  return dims;
}

Tensor transposed(const Tensor& x, const nb::args& axes) {
  return axes.size() == 0 || axes[0].is_none() ? transpose(x) : transpose(x, dims_of(axes));
}

Tensor flattened(const Tensor& x) { return reshape(x, Dims{-1}); }

/// As a Python number would be, if there is one element.
nb::object formatted(nb::handle x, const std::string& how) {
  if (how.empty()) return nb::str(x);
  return nb::module_::import_("builtins").attr("format")(x.attr("item")(), how);
}

nb::object rounded(nb::handle x, const nb::object& digits) {
  return nb::module_::import_("builtins").attr("round")(x.attr("item")(), digits);
}

}  // namespace

void bind_methods(nb::class_<Tensor>& tensor) {
  for (const char* name : {"sum", "mean", "prod", "max", "min", "any", "all"}) {
    bind_reduction(tensor, name);
  }
  bind_spread(tensor, "var", "var");
  bind_spread(tensor, "std", "std_dev");
  tensor
      .def(
          "argmax", [](const Tensor& x, int axis) { return argmax(x, axis); }, "axis"_a,
          "The first places of the largest elements along an axis.")
      .def(
          "argmin", [](const Tensor& x, int axis) { return argmin(x, axis); }, "axis"_a,
          "The first places of the smallest elements along an axis.")
      .def(
          "reshape",
          [](const Tensor& x, const nb::args& shape) { return reshape(x, dims_of(shape)); },
          "shape"_a, "The same elements in another shape; one extent may be -1.")
      .def("transpose", &transposed, "axes"_a,
           "The axes in another order; in reversed order if none is given.")
      .def("flatten", &flattened, "The elements along one axis, in row-major order.")
      .def(
          "squeeze",
          [](nb::handle x, const nb::object& axis) {
            return nb::cast<Tensor>(nb::module_::import_("gradus._core").attr("squeeze")(x, axis));
          },
          "axis"_a = nb::none(), "Without the axes of extent 1, or without those that are given.")
      .def(
          "clip",
          [](const Tensor& x, nb::handle low, nb::handle high) {
            return clip(x, operand_from(low, &x), operand_from(high, &x));
          },
          "low"_a, "high"_a, "min(max(x, low), high)")
      .def("__format__", &formatted)
      .def("__round__", &rounded, "digits"_a = nb::none());
}

}  // namespace gradus::python
