#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include "callback.h"
#include "gradus/autodiff/checkpoint.h"
#include "gradus/autodiff/grad.h"
#include "gradus/autodiff/jacobian.h"
#include "gradus/autodiff/jvp.h"
#include "gradus/autodiff/vjp.h"
#include "module.h"

// The transforms, of functions from a list of tensors to a list of tensors or to one. Arguments of
// other kinds and names are the business of gradus/transforms.py.

namespace gradus::python {
namespace {

using namespace nb::literals;

using ListToOne = Callback<Tensor, Tensors>;
using ListToList = Callback<Tensors, Tensors>;
using OneToOne = Callback<Tensor, Tensor>;

/// A C++ function as a Python one.
template <class Result, class Argument>
nb::callable python_function(Function<Result(const Argument&)> f) {
  return nb::borrow<nb::callable>(
      nb::cpp_function([f = std::move(f)](const Argument& argument) { return f(argument); }));
}

}  // namespace

void bind_transforms(nb::module_& module) {
  module.def(
      "_value_and_grad",
      [](nb::object f, const Tensors& inputs) {
        const ValueAndGrad found = value_and_grad(ListToOne(std::move(f)))(inputs);
        return std::pair(found.value, found.gradients);
      },
      "f"_a, "inputs"_a, "The value of f(inputs), 0-d, and its gradients.");
  module.def(
      "_vjp",
      [](nb::object f, const Tensors& inputs) {
        Vjp found = vjp(ListToList(std::move(f)), inputs);
        return nb::make_tuple(found.outputs, python_function(std::move(found.pullback)));
      },
      "f"_a, "inputs"_a, "The outputs of f(inputs) and the pullback of their gradients.");
  module.def(
      "_jvp",
      [](nb::object f, const Tensors& inputs, const Tensors& tangents) {
        const Jvp found = jvp(ListToList(std::move(f)), inputs, tangents);
        return std::pair(found.outputs, found.tangents);
      },
      "f"_a, "inputs"_a, "tangents"_a);
  module.def(
      "_jacobian",
      [](nb::object f, const Tensor& x) { return jacobian(OneToOne(std::move(f)))(x); }, "f"_a,
      "x"_a);
  module.def(
      "_hessian", [](nb::object f, const Tensor& x) { return hessian(OneToOne(std::move(f)))(x); },
      "f"_a, "x"_a);
  module.def(
      "_hvp",
      [](nb::object f, const Tensor& x, const Tensor& v) {
        return hvp(OneToOne(std::move(f)), x, v);
      },
      "f"_a, "x"_a, "v"_a);
  module.def(
      "_checkpoint",
      [](nb::object f) { return python_function(checkpoint(ListToList(std::move(f)))); }, "f"_a);
}

}  // namespace gradus::python
