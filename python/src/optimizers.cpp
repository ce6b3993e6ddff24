#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "callback.h"
#include "evaluation.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/optimizer_kinds.h"
#include "gradus/optim/plateau.h"
#include "gradus/optim/schedule_kinds.h"
#include "module.h"
#include "optimizers.h"
#include "options.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

OptimizerHolder made(const std::string& kind, const nb::dict& options,
                     const std::vector<optim::ParameterGroup>& groups) {
  auto maker = make_maker(optim::optimizer_kinds(), kind, options);
  maker->set_groups(groups);
  return OptimizerHolder(maker->make());
}

/// Takes parameters by a Python function of path and value.
class Where {
 public:
  explicit Where(nb::object function) : function_(std::move(function)) {}
  bool operator()(std::string_view path, const Tensor& value) const {
    const nb::gil_scoped_acquire locked;
    return result_of<bool>(*function_, (*function_)(std::string(path), value));
  }

 private:
  HeldObject function_;
};

void make_group(optim::ParameterGroup* self, std::vector<std::string> paths,
                const nb::object& where, std::optional<float> learning_rate,
                std::optional<float> weight_decay) {
  new (self) optim::ParameterGroup{
      .paths = std::move(paths), .learning_rate = learning_rate, .weight_decay = weight_decay};
  if (!where.is_none()) self->where = Where(where);
}

void bind_optimizer(nb::module_& module) {
  nb::class_<optim::ParameterGroup>(module, "ParameterGroup",
                                    "Parameters with a learning rate or weight decay of their own.")
      .def("__init__", &make_group, nb::kw_only(), "paths"_a = std::vector<std::string>(),
           "where"_a = nb::none(), "learning_rate"_a = nb::none(), "weight_decay"_a = nb::none());
  module.def("without_decay", &optim::without_decay,
             "The group of parameters with one axis or none, which are not decayed.");

  nb::class_<OptimizerHolder, ModuleHolder>(module, "Optimizer", nb::dynamic_attr(),
                                            "A rule that moves a model's parameters against their "
                                            "gradients; its state is its state().")
      .def(
          "__init__",
          [](OptimizerHolder* self, const std::string& kind, const nb::dict& options,
             const std::vector<optim::ParameterGroup>& groups) {
            new (self) OptimizerHolder(made(kind, options, groups));
          },
          "kind"_a, "options"_a, "groups"_a)
      .def(
          "step",
          [](OptimizerHolder& holder, nb::handle model, const nn::Gradients& gradients) {
            nn::Module& target = module_of(model);
            compute([&] { holder.optimizer().step(target, gradients); });
            handle_signals();
          },
          "model"_a, "gradients"_a,
          "One step: gives every parameter of the model its new value. Gradients are in the order "
          "of model.parameters().")
      .def(
          "prepare",
          [](OptimizerHolder& holder, nb::handle model) {
            holder.optimizer().prepare(module_of(model));
          },
          "model"_a, "Makes the state for a model, before it is loaded.")
      .def(
          "learning_rate",
          [](OptimizerHolder& holder, std::optional<std::size_t> group) {
            const optim::Optimizer& rule = holder.optimizer();
            return group ? rule.learning_rate(*group) : rule.learning_rate();
          },
          "group"_a = nb::none(), "The learning rate now, or that of a group of parameters.")
      .def(
          "set_rate_factor",
          [](OptimizerHolder& holder, double factor) {
            holder.optimizer().set_rate_factor(factor);
          },
          "factor"_a, "Sets all learning rates to a multiple of those in the options.")
      .def_prop_ro("kind", [](OptimizerHolder& holder) { return holder.optimizer().kind(); });
  module.def("optimizer_kinds", [] { return describe_kinds(optim::optimizer_kinds()); });
}

void bind_schedules(nb::module_& module) {
  nb::class_<optim::Schedule>(module, "Schedule",
                              "The learning rate at a time, as a multiple of the optimiser's own.")
      .def(
          "__init__",
          [](optim::Schedule* self, const std::string& kind, const nb::dict& options) {
            new (self) optim::Schedule(make_maker(optim::schedule_kinds(), kind, options)->make());
          },
          "kind"_a, "options"_a)
      .def(
          "__call__", [](const optim::Schedule& schedule, double time) { return schedule(time); },
          "time"_a);
  module.def("schedule_kinds", [] { return describe_kinds(optim::schedule_kinds()); });
  module.def(
      "warm_up",
      [](float duration, float start, const optim::Schedule* after) {
        return optim::warm_up({.duration = duration, .start = start},
                              after ? *after : optim::constant());
      },
      "duration"_a, "start"_a = 0.0f, "after"_a = nb::none(),
      "From `start` to 1 along a line, then `after`, whose time starts there.");
  nb::class_<optim::Plateau>(module, "Plateau",
                             "Multiplies the learning rate when a metric has stopped improving.")
      .def(
          "__init__",
          [](optim::Plateau* self, const nb::kwargs& options) {
            optim::PlateauOptions chosen;
            assign_options(
                "Plateau", [&](nn::OptionVisitor& v) { chosen.fields(v); }, options);
            new (self) optim::Plateau(chosen);
          },
          "options"_a)
      .def("__call__", &optim::Plateau::operator(), "metric"_a,
           "Takes the metric of an epoch; returns the factor of the learning rate from now on.")
      .def_prop_ro("factor", &optim::Plateau::factor);
}

void bind_clipping(nb::module_& module) {
  module.def(
      "global_norm", [](const Tensors& gradients) { return optim::global_norm(gradients); },
      "gradients"_a, "The L2 norm of all gradients together, as one vector.");
  module.def("clip_by_value", &optim::clip_by_value, "gradients"_a, "limit"_a,
             "The gradients with every element limited to [-limit, limit].");
  module.def(
      "clip_by_norm",
      [](const Tensors& gradients, double limit) {
        const optim::ClippedGradients clipped = optim::clip_by_norm(gradients, limit);
        return nb::make_tuple(clipped.gradients, clipped.norm);
      },
      "gradients"_a, "limit"_a,
      "The gradients, scaled if their global norm is above the limit, and that norm.");
}

}  // namespace

optim::Optimizer& optimizer_of(nb::handle object) {
  if (!nb::isinstance<OptimizerHolder>(object) || !nb::inst_ready(object)) {
    throw nb::type_error("an optimiser is wanted here");
  }
  return nb::inst_ptr<OptimizerHolder>(object)->optimizer();
}

void bind_optimizers(nb::module_& module) {
  bind_optimizer(module);
  bind_schedules(module);
  bind_clipping(module);
}

}  // namespace gradus::python
