#include <string>
#include <utility>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.h"
#include "choices.h"
#include "evaluation.h"
#include "gradus/autodiff/check_gradients.h"
#include "gradus/autodiff/finite_difference.h"
#include "module.h"
#include "tensor_like.h"

// Derivatives by differences, and the check of gradients against them.

namespace gradus::python {

Arguments arguments_from(nb::handle value) {
  Arguments arguments;
  if (nb::isinstance<nb::list>(value) || nb::isinstance<nb::tuple>(value)) {
    for (const nb::handle part : nb::borrow<nb::iterable>(value)) {
      // NumPy's numbers have no __dlpack__: a list of these is one tensor.
      arguments.is_list =
          arguments.is_list || nb::isinstance<Tensor>(part) || nb::hasattr(part, "__dlpack__");
    }
  }
  if (!arguments.is_list) {
    arguments.tensors.push_back(tensor_from(value, Memory::copy, DType::f64));
    return arguments;
  }
  for (const nb::handle part : nb::borrow<nb::iterable>(value)) {
    arguments.tensors.push_back(tensor_from(part, Memory::copy, DType::f64));
  }
  return arguments;
}

namespace {

using namespace nb::literals;

constexpr Choice<Difference> kDifferences[] = {{"forward", Difference::forward},
                                               {"central", Difference::central},
                                               {"richardson", Difference::richardson}};

/// A Python function of a tensor whose values alone are looked at: it may return a number or an
/// array.
class ValuesOf {
 public:
  explicit ValuesOf(nb::object function) : function_(std::move(function)) {}
  Tensor operator()(const Tensor& x) const {
    const nb::gil_scoped_acquire locked;
    const nb::object result = (*function_)(x);
    if (result.is_none()) refuse_result(*function_, result, wanted<Tensor>());
    return tensor_from(result, Memory::copy, DType::f64);
  }

 private:
  HeldObject function_;
};

DifferenceOptions options_of(const char* operation, const std::string& method, double step) {
  return {.method = chosen(kDifferences, operation, "method", method), .step = step};
}

}  // namespace

void bind_differences(nb::module_& module) {
  nb::class_<NumericalDerivative>(module, "NumericalDerivative")
      .def_ro("value", &NumericalDerivative::value, "(out..., in...), f64")
      .def_prop_ro(
          "error", [](const NumericalDerivative& found) { return or_none(found.error); },
          "The estimated absolute error, by method \"richardson\"; else None.");
  module.def(
      "numerical_derivative",
      [](nb::object f, const TensorLike& x, const std::string& method, double step) {
        const UnaryFunction function = ValuesOf(std::move(f));
        const Tensor at = x.tensor_in(DType::f64);
        const DifferenceOptions options = options_of("numerical_derivative", method, step);
        return compute([&] { return numerical_derivative(function, at, options); });
      },
      "f"_a, "x"_a, "method"_a = "central", "step"_a = 0.0,
      "The derivative of f at x (in...) by values of f alone: (out..., in...), f64.\n\n"
      "`method` is \"forward\", \"central\" or \"richardson\"; `step` is relative to max(1, |x|), "
      "0 "
      "for one that suits the type.\n\n"
      ">>> found = gradus.numerical_derivative(gradus.sin, 0.0, \"richardson\")\n"
      ">>> round(float(found.value), 12)\n1.0");
  nb::class_<CheckedElement>(module, "CheckedElement",
                             "The two derivatives with respect to one element.")
      .def_ro("input", &CheckedElement::input)
      .def_prop_ro("index",
                   [](const CheckedElement& element) { return nb::tuple(nb::cast(element.index)); })
      .def_ro("analytic", &CheckedElement::analytic)
      .def_ro("numeric", &CheckedElement::numeric)
      .def_prop_ro("error", &CheckedElement::error, "|analytic - numeric|")
      .def("__repr__", &CheckedElement::to_string);
  nb::class_<GradientCheck>(module, "GradientCheck")
      .def_ro("checked", &GradientCheck::checked, "The number of elements.")
      .def_ro("failures", &GradientCheck::failures, "The worst first.")
      .def_ro("worst", &GradientCheck::worst, "The largest error, failed or not.")
      .def_prop_ro("passed", &GradientCheck::passed)
      .def("__bool__", &GradientCheck::passed)
      .def("__repr__", &GradientCheck::report);
  module.def(
      "check_gradients",
      [](nb::object f, nb::handle inputs, const std::string& method, double step,
         double relative_tolerance, double absolute_tolerance, std::int64_t elements_per_input) {
        const Arguments arguments = arguments_from(inputs);
        const ScalarFunction function = ListFunction(std::move(f), arguments.is_list);
        const GradientCheckOptions options{
            .difference = options_of("check_gradients", method, step),
            .relative_tolerance = relative_tolerance,
            .absolute_tolerance = absolute_tolerance,
            .elements_per_input = elements_per_input};
        return compute([&] { return check_gradients(function, arguments.tensors, options); });
      },
      "f"_a, "inputs"_a, nb::kw_only(), "method"_a = "central", "step"_a = 0.0,
      "relative_tolerance"_a = -1.0, "absolute_tolerance"_a = -1.0,
      "elements_per_input"_a = std::int64_t{1000},
      "Compares the gradients of f(x), or of f([x, y, ...]) for a list of inputs, with differences "
      "of its values.\n\n"
      "f returns one floating element; a negative tolerance is one that suits the type.\n\n"
      ">>> gradus.check_gradients(lambda x: gradus.sum(gradus.exp(x)), [0.0, 1.0]).passed\nTrue");
}

}  // namespace gradus::python
