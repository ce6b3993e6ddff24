#pragma once

#include <nanobind/nanobind.h>

#include "gradus/core/tensor.h"

namespace gradus::python {

namespace nb = nanobind;

/// x[key] by NumPy's rules: integers, slices, None, an ellipsis, integer and boolean tensors.
Tensor element_at(const Tensor& x, nb::handle key);

/// The parts along the first axis, one after the other.
nb::object iterator_over(const Tensor& x);

/// The places of the elements that are not zero: an i64 tensor (count) for each axis. Evaluates.
Tensors nonzero(const Tensor& x);

}  // namespace gradus::python
