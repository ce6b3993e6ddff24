#pragma once

#include <optional>
#include <utility>

#include <nanobind/nanobind.h>

#include "dtype_caster.h"
#include "gradus/core/tensor.h"

// Tensors from and to what Python has: numbers, nested sequences, NumPy, DLPack.

namespace gradus::python {

namespace nb = nanobind;

enum class Memory { copy, share };

/// A tensor of any Python value that can be one: a tensor, a number, an array that offers DLPack or
/// the buffer protocol, a nested sequence of numbers or tensors. With Memory::share, the elements
/// of an array stay where they are if Gradus has their type and they are aligned; the array must
/// then not be written to while the tensor is in use. Python's numbers are read in `precision` where
/// it can hold them. Throws TypeError for anything else.
Tensor tensor_from(nb::handle value, Memory memory = Memory::copy,
                   std::optional<DType> precision = {});

/// As above for one operand of an operation: a plain number takes a type that fits `beside`, which
/// may be null: that of the tensor if it can hold the number (the array API's rule), f32 for a
/// number with a fraction beside integers.
Tensor operand_from(nb::handle value, const Tensor* beside);

/// The elements as a read-only NumPy array over the tensor's storage. Evaluates. Throws TypeError
/// for bf16, which NumPy does not have.
nb::object to_numpy(const Tensor& tensor);

/// A DLPack capsule over the tensor's storage. Evaluates. `max_version` is what the consumer
/// understands; before DLPack 1 there is no way to say that the elements are read-only.
nb::object to_dlpack(const Tensor& tensor, std::optional<std::pair<int, int>> max_version);

/// The dictionary of NumPy's array interface, version 3: read-only, row-major. Evaluates.
nb::dict array_interface(const Tensor& tensor);

/// The element or nested lists of elements as Python numbers. Evaluates.
nb::object to_list(const Tensor& tensor);

}  // namespace gradus::python
