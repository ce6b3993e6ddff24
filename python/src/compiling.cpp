#include <optional>
#include <string>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include "arrays.h"
#include "callback.h"
#include "choices.h"
#include "evaluation.h"
#include "gradus/core/compile.h"
#include "gradus/nn/module_state.h"
#include "gradus/optim/train_step.h"
#include "module.h"
#include "modules.h"
#include "optimizers.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

/// A compiled function of a list of tensors to a list of tensors.
class CompiledFunction {
 public:
  CompiledFunction(nb::object function, const nb::list& state)
      : state_(state), compiled_(compile(Call(std::move(function)), state_of(state))) {}

  Tensors operator()(const Tensors& inputs) {
    Tensors results = compute([&] { return compiled_(inputs); });
    handle_signals();
    return results;
  }
  std::size_t plans() const { return compiled_.plans(); }

 private:
  using Call = Callback<Tensors, Tensors>;

  static FunctionState state_of(const nb::list& parts) {
    FunctionState state;
    for (const nb::handle part : parts) state.add(module_of(part));
    return state;
  }

  HeldObject state_;  // keeps the modules alive
  Compiled<Call> compiled_;
};

/// A step of training, which keeps what it works on alive.
class TrainStepHolder {
 public:
  TrainStepHolder(const nb::object& model, const nb::object& optimizer, const nb::object& loss,
                  const optim::TrainStepOptions& options, bool is_compiled)
      : held_(nb::make_tuple(model, optimizer)),
        step_(layer_of(model), optimizer_of(optimizer), loss_of(loss), options) {
    if (is_compiled) compiled_.emplace(compile(step_));
  }

  Tensor operator()(const Tensor& inputs, const Tensor& targets) {
    Tensor loss = compute([&] { return compiled_ ? (*compiled_)(inputs, targets)
                                                 : step_(inputs, targets); });
    handle_signals();
    return loss;
  }

 private:
  HeldObject held_;
  optim::TrainStep step_;
  std::optional<Compiled<optim::TrainStep>> compiled_;
};

}  // namespace

void bind_compiling(nb::module_& module) {
  nb::class_<CompiledFunction>(module, "Compiled")
      .def(nb::init<nb::object, const nb::list&>(), "function"_a, "state"_a)
      .def("__call__", &CompiledFunction::operator(), "inputs"_a)
      .def_prop_ro("plans", &CompiledFunction::plans);
  nb::class_<TrainStepHolder>(module, "TrainStep")
      .def("__init__",
           [](TrainStepHolder* self, const nb::object& model, const nb::object& optimizer,
              const nb::object& loss, const std::optional<Key>& key, double clip_value,
              double clip_norm, const std::string& precision, bool is_compiled) {
             new (self) TrainStepHolder(model, optimizer, loss,
                                        {.key = key.value_or(Key(0)),
                                         .clip_value = clip_value,
                                         .clip_norm = clip_norm,
                                         .precision = chosen(kProductPrecisions, "TrainStep",
                                                             "precision", precision)},
                                        is_compiled);
           },
           "model"_a, "optimizer"_a, "loss"_a, nb::kw_only(), "key"_a = nb::none(),
           "clip_value"_a = 0.0, "clip_norm"_a = 0.0, "precision"_a = "f32",
           "compile"_a = true)
      .def("__call__",
           [](TrainStepHolder& step, nb::handle inputs, nb::handle targets) {
             return step(tensor_from(inputs, Memory::share), tensor_from(targets, Memory::share));
           },
           "inputs"_a, "targets"_a, "The loss over a batch before the step.");
}

}  // namespace gradus::python
