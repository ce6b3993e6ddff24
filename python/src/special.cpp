#include "gradus/ops/special.h"

#include <string>

#include <nanobind/stl/string.h>

#include "examples.h"
#include "gradus/ops/require_finite.h"
#include "module.h"
#include "tensor_like.h"

namespace gradus::python {

using namespace nb::literals;

void bind_special(nb::module_& module) {
  module.def(
      "polygamma", [](int order, const TensorLike& x) { return polygamma(order, x); }, "order"_a,
      "x"_a, documented(kPolygamma).c_str());
  module.def("log_beta",
             [](const TensorLike& a, const TensorLike& b) { return log_beta(a, b); }, "a"_a, "b"_a,
             "log B(a, b)");
  module.def("x_log_y", [](const TensorLike& x, const TensorLike& y) { return x_log_y(x, y); },
             "x"_a, "y"_a, "x log(y), and 0 where both are 0, with gradients of 0 there.");
  module.def(
      "require_finite",
      [](const TensorLike& x, const std::string& what) { return require_finite(x, what); }, "x"_a,
      "what"_a = "a value", documented(kRequireFinite).c_str());
  module.def(
      "require_that",
      [](const TensorLike& x, const TensorLike& condition, const std::string& operation,
         const std::string& rule) { return require_that(x, condition, operation, rule); },
      "x"_a, "condition"_a, "operation"_a, "rule"_a, documented(kRequireThat).c_str());
}

}  // namespace gradus::python
