#pragma once

#include <nanobind/nanobind.h>

#include "gradus/base/shape.h"

// How lists of integers cross the border: an integer or a sequence of them into Dims, a tuple out.

namespace nanobind::detail {

template <>
struct type_caster<gradus::Dims> {
  NB_TYPE_CASTER(gradus::Dims, const_name("int | collections.abc.Sequence[int]"))

  bool from_python(handle source, std::uint8_t flags, cleanup_list* cleanup) noexcept {
    value.clear();
    if (PyIndex_Check(source.ptr())) return append(source.ptr(), flags, cleanup);
    if (!PySequence_Check(source.ptr()) || PyUnicode_Check(source.ptr())) return false;
    PyObject* const items = PySequence_Fast(source.ptr(), "");
    if (!items) {
      PyErr_Clear();
      return false;
    }
    bool fits = true;
    for (Py_ssize_t i = 0; fits && i < PySequence_Fast_GET_SIZE(items); ++i) {
      fits = append(PySequence_Fast_GET_ITEM(items, i), flags, cleanup);
    }
    Py_DECREF(items);
    return fits;
  }

  static handle from_cpp(const gradus::Dims& dims, rv_policy, cleanup_list*) noexcept {
    PyObject* const result = PyTuple_New(static_cast<Py_ssize_t>(dims.size()));
    if (!result) return {};
    for (std::size_t i = 0; i < dims.size(); ++i) {
      PyObject* const extent = PyLong_FromLongLong(dims[i]);
      if (!extent) {
        Py_DECREF(result);
        return {};
      }
      PyTuple_SET_ITEM(result, static_cast<Py_ssize_t>(i), extent);
    }
    return result;
  }

 private:
  bool append(PyObject* source, std::uint8_t /*flags*/, cleanup_list*) noexcept {
    PyObject* const number = PyNumber_Index(source);
    const long long extent = number ? PyLong_AsLongLong(number) : -1;
    Py_XDECREF(number);
    if (extent == -1 && PyErr_Occurred()) {
      PyErr_Clear();
      return false;
    }
    value.push_back(extent);
    return true;
  }
};

template <>
struct type_caster<gradus::Shape> {
  NB_TYPE_CASTER(gradus::Shape, const_name("tuple[int, ...]"))

  // A shape from outside may be none: functions take Dims and make the Shape, which throws.
  bool from_python(handle, std::uint8_t, cleanup_list*) noexcept = delete;
  static handle from_cpp(const gradus::Shape& shape, rv_policy policy,
                         cleanup_list* cleanup) noexcept {
    return type_caster<gradus::Dims>::from_cpp(shape.dims(), policy, cleanup);
  }
};

}  // namespace nanobind::detail
