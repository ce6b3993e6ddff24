#include <memory>

#include "arguments.h"
#include "casters.h"
#include "datasets.h"
#include "evaluation.h"
#include "fit_options.h"
#include "gradus/train/evaluate.h"
#include "gradus/train/fit.h"
#include "module.h"
#include "modules.h"
#include "optimizers.h"
#include "training_callbacks.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

nb::dict fit(nb::handle model, const nb::object& loss, nb::handle optimizer,
             const LoaderHolder& training, const LoaderHolder* validation,
             const nb::object& progress, const nb::dict& options) {
  FitArguments arguments = fit_arguments(options);
  const ProgressWriter writer(progress);
  const std::unique_ptr<train::Callback> shown = writer ? progress_callback(writer) : nullptr;
  if (shown) arguments.options.callbacks.insert(arguments.options.callbacks.begin(), shown.get());
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
      [](nb::handle model, const nb::object& loss, const LoaderHolder& loader, nb::handle metrics) {
        const train::MetricSet measured = metric_set_of(metrics);
        nn::Layer& layer = layer_of(model);
        const nn::Loss measure = loss_of(loss);
        return dictionary_of(
            compute([&] { return train::evaluate(layer, measure, loader.loader, measured); }));
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
             "progress"_a.none(), "options"_a);
  bind_evaluation(module);
  bind_runs(module);
}

}  // namespace gradus::python
