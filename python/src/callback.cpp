#include "callback.h"

#include <nanobind/stl/string.h>

namespace gradus::python {

void refuse_result(nb::handle function, nb::handle result, const char* wanted) {
  std::string name = "a function";
  if (nb::object own = nb::getattr(function, "__qualname__", nb::none()); !own.is_none()) {
    name = nb::cast<std::string>(nb::str(own)) + "()";
  }
  const auto type = nb::cast<std::string>(nb::str(result.type().attr("__name__")));
  throw nb::type_error((name + " returned " +
                        (result.is_none() ? "None" : "a value of type " + type) + ", where " +
                        wanted + " is wanted")
                           .c_str());
}

}  // namespace gradus::python
