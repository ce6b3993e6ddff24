#include <array>
#include <string>
#include <string_view>

#include <nanobind/stl/string_view.h>

#include "dtype_caster.h"
#include "module.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

constexpr std::size_t kCount = std::size(kAllDTypes);

/// The members of gradus.DType by their values, borrowed from it: it lives as long as the module.
std::array<PyObject*, kCount>& members() {
  static std::array<PyObject*, kCount> all{};
  return all;
}

std::string name_in_python(DType dtype) {
  return dtype == DType::boolean ? "boolean" : std::string(name_of(dtype));
}

/// By Gradus' name or NumPy's.
bool find_named(std::string_view name, DType& dtype) {
  constexpr std::string_view kNumpys[] = {"bool",    "uint8",    "int32",   "int64",
                                          "float16", "bfloat16", "float32", "float64"};
  for (std::size_t i = 0; i < kCount; ++i) {
    if (name == kNumpys[i] || name == name_in_python(kAllDTypes[i])) {
      dtype = kAllDTypes[i];
      return true;
    }
  }
  return false;
}

bool find_text(PyObject* text, DType& dtype) {
  const char* const name = PyUnicode_AsUTF8(text);
  if (!name) PyErr_Clear();
  return name && find_named(name, dtype);
}

/// A type that NumPy knows is asked for its name: numpy.float32 and bool for __name__, a
/// numpy.dtype for name.
bool find_by_attribute(PyObject* source, DType& dtype) {
  PyObject* const text = PyObject_GetAttrString(source, PyType_Check(source) ? "__name__" : "name");
  if (!text) {
    PyErr_Clear();
    return false;
  }
  const bool found = PyUnicode_Check(text) && find_text(text, dtype);
  Py_DECREF(text);
  return found;
}

}  // namespace

void remember_dtypes(nb::handle enumeration) {
  for (std::size_t i = 0; i < kCount; ++i) {
    members()[i] = enumeration.attr(name_in_python(kAllDTypes[i]).c_str()).ptr();
  }
}

bool dtype_from_python(nb::handle source, DType& dtype) noexcept {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (source.ptr() == members()[i]) {
      dtype = kAllDTypes[i];
      return true;
    }
  }
  if (PyUnicode_Check(source.ptr())) return find_text(source.ptr(), dtype);
  if (PyType_Check(source.ptr()) || nb::hasattr(source, "itemsize")) {
    return find_by_attribute(source.ptr(), dtype);
  }
  return false;
}

nb::handle dtype_to_python(DType dtype) noexcept {
  return members()[static_cast<std::size_t>(dtype)];
}

void bind_dtypes(nb::module_& module) {
  nb::enum_<DType> dtype(module, "DType", "The element types of tensors.");
  for (const DType value : kAllDTypes) dtype.value(name_in_python(value).c_str(), value);
  remember_dtypes(dtype);
  module.def("promote", &promote, "a"_a, "b"_a,
             "The element type of the result of a binary operation.");
  module.def("is_floating", [](DType type) { return is_floating(type); }, "dtype"_a);
  module.def("is_integer", [](DType type) { return is_integer(type); }, "dtype"_a);
}

}  // namespace gradus::python
