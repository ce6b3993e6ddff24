#pragma once

#include <nanobind/nanobind.h>

#include "arrays.h"

namespace gradus::python {

/// An argument that may be anything a tensor can be made of. It is converted when it is asked for,
/// so that what is wrong with it is the caller's error and not a signature that does not fit. Held,
/// because a sequence may make its elements as it is read: the rows of a tensor have no other owner.
class TensorLike {
 public:
  TensorLike() = default;
  explicit TensorLike(nb::handle source) : source_(nb::borrow(source)) {}

  Tensor tensor() const { return tensor_from(source_); }
  /// As tensor(), with Python's numbers read in `precision`.
  Tensor tensor_in(DType precision) const {
    return tensor_from(source_, Memory::copy, precision);
  }
  operator Tensor() const { return tensor(); }

 private:
  nb::object source_;
};

}  // namespace gradus::python

namespace nanobind::detail {

template <>
struct type_caster<gradus::python::TensorLike> {
  NB_TYPE_CASTER(gradus::python::TensorLike, const_name("object"))

  bool from_python(handle source, std::uint8_t, cleanup_list*) noexcept {
    value = gradus::python::TensorLike(source);
    return !source.is_none();
  }
};

}  // namespace nanobind::detail
