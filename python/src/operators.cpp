#include "arrays.h"
#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/matmul.h"
#include "indexing.h"
#include "module.h"

// Python's operators on tensors.

namespace gradus::python {
namespace {

/// A tensor, or NotImplemented.
struct Answer {
  nb::object value;
};

}  // namespace
}  // namespace gradus::python

template <>
struct nanobind::detail::type_caster<gradus::python::Answer> {
  NB_TYPE_CASTER(gradus::python::Answer, make_caster<gradus::Tensor>::Name)

  bool from_python(handle, std::uint8_t, cleanup_list*) noexcept = delete;
  static handle from_cpp(const gradus::python::Answer& answer, rv_policy, cleanup_list*) noexcept {
    return handle(answer.value).inc_ref();
  }
};

namespace gradus::python {
namespace {

using Binary = Tensor (*)(const Tensor&, const Tensor&);

bool can_be_operand(nb::handle value) {
  PyObject* const object = value.ptr();
  return PyFloat_Check(object) || PyLong_Check(object) || nb::hasattr(value, "__dlpack__") ||
         nb::hasattr(value, "__array__");
}

template <Binary f>
Answer with_other(const Tensor& a, nb::handle b) {
  if (!can_be_operand(b)) return {nb::borrow(Py_NotImplemented)};
  return {nb::cast(f(a, operand_from(b, &a)))};
}

template <Binary f>
Answer with_other_first(const Tensor& b, nb::handle a) {
  if (!can_be_operand(a)) return {nb::borrow(Py_NotImplemented)};
  return {nb::cast(f(operand_from(a, &b), b))};
}

template <Binary f>
void bind_arithmetic(nb::class_<Tensor>& tensor, const char* name, const char* reflected) {
  tensor.def(name, f, nb::is_operator())
      .def(name, &with_other<f>, nb::is_operator())
      .def(reflected, &with_other_first<f>, nb::is_operator());
}

template <Binary f>
void bind_comparison(nb::class_<Tensor>& tensor, const char* name) {
  tensor.def(name, f, nb::is_operator()).def(name, &with_other<f>, nb::is_operator());
}

/// &, | and ^ are for booleans: Gradus has no operations on the bits of integers.
template <Binary f>
Tensor of_booleans(const Tensor& a, const Tensor& b) {
  if (a.dtype() != DType::boolean || b.dtype() != DType::boolean) {
    throw Error(ErrorCode::dtype, "logical operator",
                "takes boolean tensors, not " + a.signature() + " and " + b.signature());
  }
  return f(a, b);
}

Tensor inverted(const Tensor& x) {
  return of_booleans<logical_xor>(x, Tensor(true));
}

}  // namespace

void bind_operators(nb::class_<Tensor>& tensor) {
  bind_arithmetic<add>(tensor, "__add__", "__radd__");
  bind_arithmetic<subtract>(tensor, "__sub__", "__rsub__");
  bind_arithmetic<multiply>(tensor, "__mul__", "__rmul__");
  bind_arithmetic<divide>(tensor, "__truediv__", "__rtruediv__");
  bind_arithmetic<floor_divide>(tensor, "__floordiv__", "__rfloordiv__");
  bind_arithmetic<remainder>(tensor, "__mod__", "__rmod__");
  bind_arithmetic<power>(tensor, "__pow__", "__rpow__");
  bind_arithmetic<matmul>(tensor, "__matmul__", "__rmatmul__");
  bind_arithmetic<of_booleans<logical_and>>(tensor, "__and__", "__rand__");
  bind_arithmetic<of_booleans<logical_or>>(tensor, "__or__", "__ror__");
  bind_arithmetic<of_booleans<logical_xor>>(tensor, "__xor__", "__rxor__");
  bind_comparison<equal>(tensor, "__eq__");
  bind_comparison<not_equal>(tensor, "__ne__");
  bind_comparison<less>(tensor, "__lt__");
  bind_comparison<less_equal>(tensor, "__le__");
  bind_comparison<greater>(tensor, "__gt__");
  bind_comparison<greater_equal>(tensor, "__ge__");
  tensor.def("__neg__", &negative)
      .def("__pos__", [](const Tensor& x) { return x; })
      .def("__abs__", &absolute)
      .def("__invert__", &inverted)
      .def("__getitem__", &element_at, nb::arg("key").none())
      .def("__iter__", &iterator_over);
  // NumPy's own operators stand back where an array meets a tensor.
  tensor.attr("__array_priority__") = 1000;
}

}  // namespace gradus::python
