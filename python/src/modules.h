#pragma once

#include <string_view>

#include <nanobind/nanobind.h>

#include "gradus/base/pointer.h"
#include "gradus/nn/layer.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/module.h"

namespace gradus::python {

namespace nb = nanobind;

/// A module as Python holds it: of the library, or written in Python (see python_layer.h).
class ModuleHolder {
 public:
  explicit ModuleHolder(Owned<nn::Module> module) : module_(std::move(module)) {}
  virtual ~ModuleHolder() = default;

  nn::Module& module() { return *module_; }
  /// Throws TypeError if the module is not a layer.
  nn::Layer& layer();

 private:
  Owned<nn::Module> module_;
};

/// The module of a Python object. Throws TypeError if it is none.
ModuleHolder& holder_of(nb::handle object);
nn::Module& module_of(nb::handle object);
nn::Layer& layer_of(nb::handle object);

/// The tensor that `module` itself visits under `name`, or nullptr.
Tensor* find_member(nn::Module& module, std::string_view name);

/// A loss: one of the library's, or any Python function of prediction and target.
nn::Loss loss_of(nb::handle object);

}  // namespace gradus::python
