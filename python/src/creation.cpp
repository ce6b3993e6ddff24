#include "gradus/ops/creation.h"

#include <optional>

#include <nanobind/stl/optional.h>

#include "casters.h"
#include "examples.h"
#include "module.h"
#include "tensor_like.h"

namespace gradus::python {

using namespace nb::literals;

void bind_creation(nb::module_& module) {
  module.def(
      "full",
      [](const Dims& shape, double value, DType dtype) { return full(Shape(shape), value, dtype); },
      "shape"_a, "value"_a, "dtype"_a = DType::f32, documented(kFull).c_str());
  module.def("zeros",
             [](const Dims& shape, DType dtype) { return zeros(Shape(shape), dtype); }, "shape"_a,
             "dtype"_a = DType::f32, "Every element 0. -> shape");
  module.def("ones", [](const Dims& shape, DType dtype) { return ones(Shape(shape), dtype); },
             "shape"_a, "dtype"_a = DType::f32, "Every element 1. -> shape");
  module.def("full_like",
             [](const TensorLike& x, double value) { return full_like(x, value); }, "x"_a,
             "value"_a, "A tensor of the shape and type of x, every element `value`.");
  module.def("zeros_like", [](const TensorLike& x) { return zeros_like(x); }, "x"_a,
             "A tensor of the shape and type of x, every element 0.");
  module.def("ones_like", [](const TensorLike& x) { return ones_like(x); }, "x"_a,
             "A tensor of the shape and type of x, every element 1.");
  module.def(
      "arange", [](double stop, DType dtype) { return arange(0, stop, 1, dtype); }, "stop"_a,
      "dtype"_a = DType::f32, documented(kArange).c_str());
  module.def(
      "arange",
      [](double start, double stop, double step, DType dtype) {
        return arange(start, stop, step, dtype);
      },
      "start"_a, "stop"_a, "step"_a = 1.0, "dtype"_a = DType::f32, documented(kArange).c_str());
  module.def("linspace", &linspace, "start"_a, "stop"_a, "count"_a, "dtype"_a = DType::f32,
             documented(kLinspace).c_str());
  module.def(
      "eye",
      [](std::int64_t rows, std::optional<std::int64_t> columns, std::int64_t offset, DType dtype) {
        return eye(rows, columns.value_or(rows), offset, dtype);
      },
      "rows"_a, "columns"_a = nb::none(), "offset"_a = 0, "dtype"_a = DType::f32,
      documented(kEye).c_str());
}

}  // namespace gradus::python
