#include "gradus/core/tensor.h"

#include "module.h"

#include <string>

#include <nanobind/stl/string.h>

#include "gradus/base/parallel.h"
#include "gradus/base/version.h"

NB_MODULE(_core, module) {
  using namespace gradus::python;
  module.doc() = "The C++ library. Use it through the modules of the package gradus.";
  module.attr("__version__") = std::string(gradus::version());
  module.attr("commit") = std::string(gradus::commit());
  module.def("thread_count", &gradus::thread_count, "Threads that a computation may use.");
  module.def("set_thread_count", &gradus::set_thread_count, nb::arg("count"),
             "Sets thread_count() for the calling thread.");

  bind_errors(module);
  bind_tensor(module);
  bind_creation(module);
  bind_reductions(module);
  bind_rearrangement(module);
  bind_indexing(module);
  bind_products(module);
  bind_random(module);
  bind_transforms(module);
  bind_registry(module);  // what none of these has bound
}
