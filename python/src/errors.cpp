#include <exception>
#include <string>
#include <typeinfo>

#include <nanobind/stl/string.h>

#include "casters.h"
#include "gradus/base/error.h"
#include "gradus/core/tensor.h"
#include "module.h"

namespace gradus::python {
namespace {

/// Sets the Python exception for an Error; the classes stand in gradus/errors.py.
void set_python_error(const Error& error) {
  const std::string code(name_of(error.code()));
  nb::list shapes;
  for (const Shape& shape : error.shapes()) shapes.append(nb::cast(shape));
  const nb::object exception =
      nb::module_::import_("gradus.errors")
          .attr("make")(code, std::string(error.what()), error.operation(), nb::tuple(shapes));
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
}

void translate(const std::exception_ptr& pointer, void* /*context*/) {
  try {
    std::rethrow_exception(pointer);
  } catch (const std::bad_cast&) {
    PyErr_SetString(PyExc_TypeError, "a value is of a type that is not wanted here");
  } catch (const Error& error) {
    try {
      set_python_error(error);
    } catch (nb::python_error& failure) {
      failure.restore();
    }
  }
}

}  // namespace

void bind_errors(nb::module_& /*module*/) { nb::register_exception_translator(translate); }

}  // namespace gradus::python
