#include "gradus/core/tensor.h"

#include "module.h"

#include <string>

#include <nanobind/stl/string.h>

#include "evaluation.h"
#include "gradus/base/parallel.h"
#include "gradus/base/version.h"

NB_MODULE(_core, module) {
  using namespace gradus::python;
  module.doc() = "The C++ library. Use it through the modules of the package gradus.";
  module.attr("version") = std::string(gradus::version());
  module.attr("commit") = std::string(gradus::commit());
  module.def("thread_count", &gradus::thread_count, "Threads that a computation may use.");
  module.def("set_thread_count", &gradus::set_thread_count, nb::arg("count"),
             "Sets thread_count() for the calling thread.");

  // An interactive session keeps values alive in its last traceback: that is no leak of ours.
  nb::set_leak_warnings(false);

  let_signals_interrupt();
  bind_errors(module);
  bind_tensor(module);
  bind_creation(module);
  bind_reductions(module);
  bind_rearrangement(module);
  bind_indexing(module);
  bind_products(module);
  bind_random(module);
  bind_special(module);
  bind_transforms(module);
  bind_profiling(module);
  bind_differences(module);
  nb::module_ linalg = module.def_submodule("_linalg");
  bind_linalg(module, linalg);
  bind_registry(module);  // what none of these has bound

  nb::module_ symbolic = module.def_submodule("_symbolic");
  bind_symbolic(symbolic);
  nb::module_ optimize = module.def_submodule("_optimize");
  bind_optimization(optimize);
  nb::module_ stats = module.def_submodule("_stats");
  bind_distributions(stats);
  bind_probability(stats);
  bind_inference(stats);
  nb::module_ nn = module.def_submodule("_nn");
  bind_modules(nn);
  bind_losses(nn);
  nb::module_ optim = module.def_submodule("_optim");
  bind_optimizers(optim);
  bind_compiling(optim);
  nb::module_ data = module.def_submodule("_data");
  bind_data(data);
  nb::module_ io = module.def_submodule("_io");
  bind_files(io);
  nb::module_ train = module.def_submodule("_train");
  bind_training(train);
  nb::module_ learn = module.def_submodule("_learn");
  bind_learning(learn);
}
