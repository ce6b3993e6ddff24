#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.h"
#include "callback.h"
#include "casters.h"
#include "datasets.h"
#include "evaluation.h"
#include "gradus/train/evaluate.h"
#include "gradus/train/fit.h"
#include "module.h"
#include "modules.h"
#include "optimizers.h"
#include "training_callbacks.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

std::optional<train::EarlyStopping> early_stopping_of(const std::optional<nb::dict>& options) {
  if (!options) return std::nullopt;
  train::EarlyStopping stopping;
  for (const auto& [key, value] : *options) {
    const auto name = nb::cast<std::string>(key);
    bool fits = true;
    if (name == "patience") {
      fits = nb::try_cast(value, stopping.patience);
    } else if (name == "monitor") {
      fits = nb::try_cast(value, stopping.monitor);
    } else if (name == "minimum_change") {
      fits = nb::try_cast(value, stopping.minimum_change);
    } else if (name == "restore_best") {
      fits = nb::try_cast(value, stopping.restore_best);
    } else {
      throw nb::type_error(("early_stopping has no option \"" + name + "\"").c_str());
    }
    if (!fits) {
      throw nb::type_error(("early_stopping: " + name + " has a value of a wrong type").c_str());
    }
  }
  return stopping;
}

/// What a call of fit() is about, beside model, loss and optimiser.
struct FitArguments {
  train::FitOptions options;
  std::vector<std::unique_ptr<train::Callback>> callbacks;

  void add(std::unique_ptr<train::Callback> callback) {
    options.callbacks.push_back(callback.get());
    callbacks.push_back(std::move(callback));
  }
};

nb::dict fit(nb::handle model, const nb::object& loss, nb::handle optimizer,
             const LoaderHolder& training, const LoaderHolder* validation, std::int64_t epochs,
             const std::optional<Key>& key, train::MetricSet metrics, double clip_norm,
             double clip_value, bool compile, const optim::Schedule* schedule,
             const std::optional<nb::dict>& early_stopping, const nb::object& after_epoch,
             const std::vector<nb::object>& callbacks, const nb::object& progress,
             const std::string& checkpoint, bool resume) {
  FitArguments arguments{.options = {.epochs = epochs,
                                     .key = key.value_or(Key(0)),
                                     .metrics = metrics,
                                     .clip_norm = clip_norm,
                                     .clip_value = clip_value,
                                     .compile = compile,
                                     .schedule = schedule ? *schedule : optim::Schedule(),
                                     .early_stopping = early_stopping_of(early_stopping),
                                     .checkpoint = {.path = checkpoint, .resume = resume}},
                         .callbacks = {}};
  const ProgressWriter writer(progress);
  if (writer) arguments.add(progress_callback(writer));
  if (!after_epoch.is_none()) arguments.add(epoch_callback(after_epoch));
  for (const nb::object& callback : callbacks) arguments.add(object_callback(callback));
  nn::Layer& layer = layer_of(model);
  optim::Optimizer& rule = optimizer_of(optimizer);
  const nn::Loss measure = loss_of(loss);
  const train::FitResult result = compute([&] {
    PatientInterruption patience;
    arguments.options.interrupted = [&] { return patience.asked(); };
    train::FitResult found = train::fit(
        layer, measure, rule,
        {.training = training.loader, .validation = validation ? &validation->loader : nullptr},
        arguments.options);
    patience.rethrow();
    return found;
  });
  nb::dict summary;
  summary["history"] = records_of(result.history);
  summary["reason"] = name_of(result.reason);
  summary["best_epoch"] = result.best_epoch;
  return summary;
}

void bind_evaluation(nb::module_& module) {
  module.def(
      "evaluate",
      [](nb::handle model, const nb::object& loss, const LoaderHolder& loader,
         train::MetricSet metrics) {
        nn::Layer& layer = layer_of(model);
        const nn::Loss measure = loss_of(loss);
        return dictionary_of(
            compute([&] { return train::evaluate(layer, measure, loader.loader, metrics); }));
      },
      "model"_a, "loss"_a, "loader"_a, "metrics"_a = train::MetricSet::none,
      "The loss and the measures over all batches of a loader, in evaluation.");
  module.def(
      "predict",
      [](nb::handle model, const LoaderHolder& loader) {
        nn::Layer& layer = layer_of(model);
        const train::Predictions found =
            compute([&] { return train::predict(layer, loader.loader); });
        return nb::make_tuple(found.outputs, or_none(found.targets));
      },
      "model"_a, "loader"_a,
      "What the model gives for every example, and what it should have given.");
}

}  // namespace

void bind_training(nb::module_& module) {
  nb::enum_<train::MetricSet>(module, "MetricSet", "What is measured beside the loss.")
      .value("none", train::MetricSet::none)
      .value("classification", train::MetricSet::classification)
      .value("regression", train::MetricSet::regression);
  module.def("fit", &fit, "model"_a, "loss"_a, "optimizer"_a, "training"_a, "validation"_a.none(),
             "epochs"_a, "key"_a.none(), "metrics"_a, "clip_norm"_a, "clip_value"_a, "compile"_a,
             "schedule"_a.none(), "early_stopping"_a.none(), "after_epoch"_a.none(), "callbacks"_a,
             "progress"_a.none(), "checkpoint"_a, "resume"_a);
  bind_evaluation(module);
  bind_runs(module);
}

}  // namespace gradus::python
