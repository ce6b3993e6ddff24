#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus {
class Key;
}

namespace gradus::nn {

class Module;

/// Meets every member of a module, under its name. A module calls it from visit():
///
///     void visit(Visitor& v) override {
///       v("encoder", encoder);              // a module, or a vector of modules
///       v("scale", scale);                  // a trainable tensor, may be optional
///       v.buffer("running_mean", mean);     // a tensor that is kept, but not trained
///     }
///
/// Undefined tensors and empty optionals are passed over.
class Visitor {
 public:
  virtual ~Visitor() = default;

  void operator()(std::string_view name, Tensor& parameter) {
    if (parameter.defined()) on_parameter(name, parameter);
  }
  void operator()(std::string_view name, std::optional<Tensor>& parameter) {
    if (parameter) (*this)(name, *parameter);
  }
  void operator()(std::string_view name, std::vector<Tensor>& parameters) {
    enter(name);
    for (std::size_t i = 0; i < parameters.size(); ++i) (*this)(std::to_string(i), parameters[i]);
    leave();
  }
  void operator()(std::string_view name, Module& module) {
    enter(name);
    on_module(module);
    leave();
  }
  template <std::derived_from<Module> M>
  void operator()(std::string_view name, std::optional<M>& module) {
    if (module) (*this)(name, static_cast<Module&>(*module));
  }
  template <std::derived_from<Module> M>
  void operator()(std::string_view name, std::vector<M>& modules) {
    enter(name);
    for (std::size_t i = 0; i < modules.size(); ++i) element(i, modules[i]);
    leave();
  }
  /// A tensor that belongs to the module's state but has no gradient: running statistics, moments.
  void buffer(std::string_view name, Tensor& tensor) {
    if (tensor.defined()) on_buffer(name, tensor);
  }

  /// For containers of their own making: opens a part of the path, visits elements, closes it.
  virtual void enter(std::string_view /*name*/) {}
  virtual void leave() {}
  void element(std::size_t index, Module& module) {
    enter_element(index);
    on_module(module);
    leave();
  }

 protected:
  virtual void on_parameter(std::string_view name, Tensor& tensor) = 0;
  virtual void on_buffer(std::string_view name, Tensor& tensor) = 0;
  virtual void on_module(Module& module);
  virtual void enter_element(std::size_t /*index*/) {}
};

/// A part of a network: a plain struct whose tensors and modules are public members. Its copy is a
/// snapshot. A tensor or module that is used in several places is one member, which visit() may
/// name more than once: it is then one parameter under several names.
class Module {
 public:
  Module() = default;
  Module(const Module&) = default;
  Module(Module&&) = default;
  Module& operator=(const Module&) = default;
  Module& operator=(Module&&) = default;
  virtual ~Module() = default;

  virtual void visit(Visitor& v) = 0;
  /// Draws the module's own parameters anew (not those of the modules in it). For layers; call the
  /// function initialize() below.
  virtual void initialize(const Key& /*key*/) {}
};

enum class Role { parameter, buffer };

/// A tensor of a module and where it stands.
struct Member {
  std::string path;                  ///< "layers.0.weight"
  std::vector<std::string> aliases;  ///< further paths of the same member
  Role role = Role::parameter;
  Tensor* tensor = nullptr;  ///< valid while the module is neither moved nor destroyed
};

/// The parameters in the order of visit(), each once.
std::vector<Member> parameters(Module& module);
/// Parameters and buffers in the order of visit(), each once.
std::vector<Member> members(Module& module);
/// How many numbers the parameters hold.
std::int64_t parameter_count(const Module& module);

/// Values by path, in order.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// The values of parameters and buffers.
NamedTensors state(const Module& module);
/// Gives every parameter and buffer the value of its path (or of one of its aliases). Names,
/// shapes and types must match exactly: otherwise throws one Error that lists what is missing,
/// unexpected or different, and the module stays as it was.
void load_state(Module& module, const NamedTensors& state);

/// Draws all parameters anew. The numbers of each module follow from `key` and the module's path,
/// so that they do not depend on what else the network holds.
void initialize(Module& module, const Key& key);

/// Converts floating parameters and buffers to `dtype`.
void convert(Module& module, DType dtype);

}  // namespace gradus::nn
