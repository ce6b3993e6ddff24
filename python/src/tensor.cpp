#include <optional>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "arrays.h"
#include "casters.h"
#include "evaluation.h"
#include "gradus/base/error.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "module.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

/// A tensor for Python, whose element is read as T.
template <class T>
T item(const Tensor& tensor) {
  return evaluated(tensor).item<T>();
}

bool is_true(const Tensor& tensor) {
  if (is_floating(tensor.dtype())) return item<double>(tensor) != 0;
  return item<std::int64_t>(tensor) != 0;
}

nb::object element(const Tensor& tensor) {
  if (tensor.size() != 1) tensor.item<double>();  // throws
  return to_list(reshape(tensor, Dims{}));
}

std::int64_t index_of(const Tensor& tensor) {
  if (tensor.rank() != 0 || is_floating(tensor.dtype())) {
    throw nb::type_error("only a 0-d integer tensor can be used as an index");
  }
  return item<std::int64_t>(tensor);
}

std::string text_of(const Tensor& tensor) {
  return "Tensor(" + evaluated(tensor).to_string() + ")";
}

std::int64_t length(const Tensor& tensor) {
  if (tensor.rank() == 0) throw nb::type_error("a 0-d tensor has no length");
  return tensor.shape()[0];
}

Tensor transposed(const Tensor& tensor) {
  return transpose(tensor);
}

Tensor matrix_transposed(const Tensor& tensor) { return swap_axes(tensor, -1, -2); }

Tensor made(nb::handle value, std::optional<DType> dtype, Memory memory) {
  Tensor tensor = tensor_from(value, memory, dtype);
  return dtype && *dtype != tensor.dtype() ? cast(tensor, *dtype) : tensor;
}

Tensor tensor_of(nb::handle value, std::optional<DType> dtype) {
  return made(value, dtype, Memory::copy);
}

Tensor from_dlpack(nb::handle value) { return tensor_from(value, Memory::share); }

void require_cpu(const nb::object& device) {
  if (!device.is_none() && !device.equal(nb::str("cpu"))) {
    throw nb::value_error("tensors are on the device \"cpu\"");
  }
}

/// For NumPy's asarray(): the elements as they are, or converted by NumPy.
nb::object numpy_array(const Tensor& tensor, const nb::object& dtype, const nb::object& copy) {
  const nb::object array = to_numpy(tensor);
  if (dtype.is_none() && copy.is_none()) return array;
  nb::dict options;
  options["dtype"] = dtype;
  options["copy"] = copy.is_none() ? nb::bool_(false) : nb::bool_(copy);
  return array.attr("astype")(**options);
}

void bind_values(nb::class_<Tensor>& tensor) {
  tensor
      .def("eval", [](const Tensor& x) { return evaluated(x); },
           "Computes the value now; returns the tensor.")
      .def_prop_ro("is_evaluated", &Tensor::is_evaluated)
      .def("item", &element, "The only element as a Python number. Evaluates.")
      .def("tolist", &to_list, "The elements as nested lists of Python numbers. Evaluates.")
      .def("tobytes",
           [](const Tensor& x) {
             const auto bytes = evaluated(x).bytes();
             return nb::bytes(bytes.data(), bytes.size());
           },
           "The elements in row-major order as raw bytes. Evaluates.")
      .def("numpy", &to_numpy,
           "The elements as a read-only NumPy array over the tensor's storage. Evaluates.")
      .def("__array__", &numpy_array, "dtype"_a = nb::none(), nb::kw_only(),
           "copy"_a = nb::none())
      .def_prop_ro("__array_interface__", &array_interface)
      .def("__dlpack__",
           [](const Tensor& x, const nb::object&, std::optional<std::pair<int, int>> max_version,
              const nb::object&, const nb::object&) { return to_dlpack(x, max_version); },
           nb::kw_only(), "stream"_a = nb::none(), "max_version"_a = nb::none(),
           "dl_device"_a = nb::none(), "copy"_a = nb::none())
      .def("__dlpack_device__", [](const Tensor&) { return nb::make_tuple(1, 0); })
      .def("__bool__", &is_true)
      .def("__int__", &item<std::int64_t>)
      .def("__float__", &item<double>)
      .def("__complex__", [](const Tensor& x) { return nb::steal(PyComplex_FromDoubles(item<double>(x), 0)); })
      .def("__index__", &index_of)
      .def("__repr__", &text_of);
}

void bind_properties(nb::class_<Tensor>& tensor) {
  tensor
      .def_prop_ro(
          "shape", [](const Tensor& x) { return x.shape(); }, "The extents, a tuple.")
      .def_prop_ro("dtype", &Tensor::dtype, "The element type.")
      .def_prop_ro("ndim", &Tensor::rank, "The number of axes.")
      .def_prop_ro("size", &Tensor::size, "The number of elements.")
      .def_prop_ro(
          "nbytes",
          [](const Tensor& x) { return static_cast<std::size_t>(x.size()) * size_of(x.dtype()); })
      .def_prop_ro("device", [](const Tensor&) { return "cpu"; })
      .def_prop_ro("T", &transposed, "The axes in reversed order.")
      .def_prop_ro("mT", &matrix_transposed, "The last two axes exchanged.")
      .def(
          "to_device",
          [](const Tensor& x, const nb::object& device, const nb::object&) {
            require_cpu(device);
            return x;
          },
          "device"_a, nb::kw_only(), "stream"_a = nb::none())
      .def(
          "astype", [](const Tensor& x, DType dtype) { return cast(x, dtype); }, "dtype"_a,
          "The elements converted to another type.")
      .def(
          "__array_namespace__",
          [](const Tensor&, const nb::object&) { return nb::module_::import_("gradus.array_api"); },
          nb::kw_only(), "api_version"_a = nb::none())
      .def("__len__", &length)
      .def("__hash__", [](nb::handle self) {
        return static_cast<Py_hash_t>(reinterpret_cast<std::uintptr_t>(self.ptr()) >> 4);
      });
}

}  // namespace

void bind_tensor(nb::module_& module) {
  bind_dtypes(module);
  nb::class_<Tensor> tensor(
      module, "Tensor",
      "An immutable n-dimensional array, or the promise of one: operations build a graph, and the "
      "work happens at eval() or when a value is read.");
  tensor.def("__init__",
             [](Tensor* self, nb::handle value, std::optional<DType> dtype) {
               new (self) Tensor(tensor_of(value, dtype));
             },
             "value"_a, "dtype"_a = nb::none());
  bind_properties(tensor);
  bind_values(tensor);
  bind_operators(tensor);
  bind_methods(tensor);

  module.def("tensor", &tensor_of, "value"_a, "dtype"_a = nb::none(),
             "A tensor of a number, a nested sequence or an array, whose elements are copied.\n\n"
             ">>> gradus.tensor([[1, 2], [3, 4]])\n"
             "Tensor(i64[2, 2]\n[[1, 2],\n [3, 4]])");
  module.def("asarray",
             [](nb::handle value, std::optional<DType> dtype, const nb::object& device,
                std::optional<bool> copy) {
               require_cpu(device);
               return made(value, dtype, copy.value_or(false) ? Memory::copy : Memory::share);
             },
             "value"_a, nb::kw_only(), "dtype"_a = nb::none(), "device"_a = nb::none(),
             "copy"_a = nb::none(),
             "As tensor(), but an array of a type that Gradus has is shared and not copied, unless "
             "copy is true: it must not be written to while the tensor is in use.");
  module.def("from_dlpack", &from_dlpack, "value"_a,
             "A tensor over the memory of an array that offers DLPack, which must not be written "
             "to while the tensor is in use.");
  module.def("eval",
             [](const nb::args& tensors) {
               Tensors list;
               for (const nb::handle item : tensors) list.push_back(nb::cast<Tensor>(item));
               compute([&] { eval(list); });
             },
             "tensors"_a, "Computes the values of several tensors in one walk.");
}

}  // namespace gradus::python
