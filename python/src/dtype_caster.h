#pragma once

#include <nanobind/nanobind.h>

#include "gradus/base/dtype.h"

// Element types cross the border as members of gradus.DType; on the way in, NumPy's types and names
// ("float32", numpy.float32) will do. A plain number is none: zeros(2, 3) is a mistake.

namespace gradus::python {

namespace nb = nanobind;

/// Where the members of gradus.DType are, once they are made.
void remember_dtypes(nb::handle enumeration);

/// False if `source` is no element type.
bool dtype_from_python(nb::handle source, DType& dtype) noexcept;
/// The member, borrowed.
nb::handle dtype_to_python(DType dtype) noexcept;

}  // namespace gradus::python

namespace nanobind::detail {

template <>
struct type_caster<gradus::DType> {
  NB_TYPE_CASTER(gradus::DType, const_name("gradus._core.DType"))

  bool from_python(handle source, std::uint8_t, cleanup_list*) noexcept {
    return gradus::python::dtype_from_python(source, value);
  }
  static handle from_cpp(gradus::DType dtype, rv_policy, cleanup_list*) noexcept {
    return gradus::python::dtype_to_python(dtype).inc_ref();
  }
};

}  // namespace nanobind::detail
