#pragma once

#include <utility>

#include "gradus/optim/optimizer.h"
#include "modules.h"

namespace gradus::python {

/// An optimiser as Python holds it.
class OptimizerHolder final : public ModuleHolder {
 public:
  explicit OptimizerHolder(Owned<optim::Optimizer> optimizer)
      : ModuleHolder(Owned<nn::Module>(optimizer.get())), optimizer_(optimizer.release()) {}

  optim::Optimizer& optimizer() { return *optimizer_; }

 private:
  optim::Optimizer* optimizer_;
};

/// The optimiser of a Python object. Throws TypeError if it is none.
optim::Optimizer& optimizer_of(nb::handle object);

}  // namespace gradus::python
