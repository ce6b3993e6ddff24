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
#include "gradus/train/progress.h"
#include "gradus/train/trained_model.h"
#include "module.h"
#include "modules.h"
#include "optimizers.h"
#include "tensor_like.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

nb::dict dictionary_of(const train::Metrics& metrics) {
  nb::dict values;
  for (const auto& [name, value] : metrics) values[name.c_str()] = value;
  return values;
}

nb::dict record_of(const train::EpochRecord& record) {
  nb::dict row;
  row["epoch"] = record.epoch;
  for (const auto& [name, value] : record.training) row[("train_" + name).c_str()] = value;
  for (const auto& [name, value] : record.validation) row[("validation_" + name).c_str()] = value;
  row["learning_rate"] = record.learning_rate;
  row["seconds"] = record.seconds;
  return row;
}

/// Draws progress with a Python function that writes text.
class ProgressCallback final : public train::Callback {
 public:
  ProgressCallback(const nb::object& write, bool is_terminal)
      : write_(write),
        progress_([this](std::string_view text) { show(text); }, {.terminal = is_terminal, .width = {}}) {}

  void start_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t steps) override {
    progress_.start_epoch(epoch, epochs, steps);
  }
  void after_step(const train::StepRecord& record) override {
    if (progress_.wants_step()) progress_.step(record.step, record.sums.result());
  }
  void end_epoch(const train::EpochRecord& record) override {
    progress_.end_epoch(record.training, record.validation, record.seconds);
  }

 private:
  void show(std::string_view text) const {
    const nb::gil_scoped_acquire locked;
    (*write_)(nb::str(text.data(), text.size()));
  }

  HeldObject write_;
  train::Progress progress_;
};

/// Calls a Python function with the record of each epoch, a dictionary.
class EpochCallback final : public train::Callback {
 public:
  explicit EpochCallback(const nb::object& function) : function_(function) {}
  void end_epoch(const train::EpochRecord& record) override {
    const nb::gil_scoped_acquire locked;
    (*function_)(record_of(record));
  }

 private:
  HeldObject function_;
};

std::optional<train::EarlyStopping> early_stopping_of(const std::optional<nb::dict>& options) {
  if (!options) return std::nullopt;
  train::EarlyStopping stopping;
  for (const auto& [key, value] : *options) {
    const auto name = nb::cast<std::string>(key);
    if (name == "patience") {
      stopping.patience = nb::cast<std::int64_t>(value);
    } else if (name == "monitor") {
      stopping.monitor = nb::cast<std::string>(value);
    } else if (name == "minimum_change") {
      stopping.minimum_change = nb::cast<double>(value);
    } else if (name == "restore_best") {
      stopping.restore_best = nb::cast<bool>(value);
    } else {
      throw nb::type_error(("early_stopping has no option \"" + name + "\"").c_str());
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

const char* name_of(train::StopReason reason) {
  constexpr const char* names[] = {"all_epochs", "early_stopping", "interrupted"};
  return names[static_cast<std::size_t>(reason)];
}

nb::dict fit(nb::handle model, const nb::object& loss, nb::handle optimizer,
             const LoaderHolder& training, const LoaderHolder* validation, std::int64_t epochs,
             const std::optional<Key>& key, train::MetricSet metrics, double clip_norm,
             double clip_value, bool compile, const optim::Schedule* schedule,
             const std::optional<nb::dict>& early_stopping, const nb::object& after_epoch,
             const nb::object& write, bool is_terminal, const std::string& checkpoint,
             bool resume) {
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
  arguments.options.interrupted = [] {
    handle_signals_now_and_then();
    return false;
  };
  if (!write.is_none()) arguments.add(std::make_unique<ProgressCallback>(write, is_terminal));
  if (!after_epoch.is_none()) arguments.add(std::make_unique<EpochCallback>(after_epoch));
  nn::Layer& layer = layer_of(model);
  optim::Optimizer& rule = optimizer_of(optimizer);
  const nn::Loss measure = loss_of(loss);
  const train::FitResult result = compute([&] {
    return train::fit(layer, measure, rule,
                      {.training = training.loader,
                       .validation = validation ? &validation->loader : nullptr},
                      arguments.options);
  });
  nb::list history;
  for (const train::EpochRecord& record : result.history) history.append(record_of(record));
  nb::dict summary;
  summary["history"] = history;
  summary["reason"] = name_of(result.reason);
  summary["best_epoch"] = result.best_epoch;
  return summary;
}

void bind_evaluation(nb::module_& module) {
  module.def("evaluate",
             [](nb::handle model, const nb::object& loss, const LoaderHolder& loader,
                train::MetricSet metrics) {
               nn::Layer& layer = layer_of(model);
               const nn::Loss measure = loss_of(loss);
               return dictionary_of(compute(
                   [&] { return train::evaluate(layer, measure, loader.loader, metrics); }));
             },
             "model"_a, "loss"_a, "loader"_a, "metrics"_a = train::MetricSet::none,
             "The loss and the measures over all batches of a loader, in evaluation.");
  module.def("predict",
             [](nb::handle model, const LoaderHolder& loader) {
               nn::Layer& layer = layer_of(model);
               const train::Predictions found =
                   compute([&] { return train::predict(layer, loader.loader); });
               return nb::make_tuple(found.outputs, or_none(found.targets));
             },
             "model"_a, "loader"_a,
             "What the model gives for every example, and what it should have given.");
}

void bind_trained_model(nb::module_& module) {
  nb::class_<train::TrainedModel>(module, "TrainedModel", "The model that a run has trained.")
      .def_ro("info", &train::TrainedModel::info)
      .def_ro("scale", &train::TrainedModel::scale)
      .def("state",
           [](const train::TrainedModel& trained) {
             nb::dict values;
             for (const auto& [path, tensor] : nn::state(trained.model)) {
               values[path.c_str()] = tensor;
             }
             return values;
           })
      .def("predict",
           [](train::TrainedModel& trained, const TensorLike& inputs) {
             const Tensor given = inputs;
             const train::Prediction found = compute([&] { return train::predict(trained, given); });
             return nb::make_tuple(found.outputs, or_none(found.probabilities),
                                   or_none(found.labels));
           },
           "inputs"_a, "(outputs, probabilities, labels) of inputs as they are in the data set.")
      .def("evaluate",
           [](train::TrainedModel& trained, const std::string& data) {
             return dictionary_of(
                 compute([&] { return train::evaluate(trained, data); }).metrics);
           },
           "data"_a = "", "Metrics on the test examples of a data set, its own if none is named.");
  module.def("load_run",
             [](const std::string& path) {
               return compute([&] { return train::load_run(path); });
             },
             "path"_a, "The model of a finished run, from its folder or its model.safetensors.");
}

}  // namespace

void bind_training(nb::module_& module) {
  nb::enum_<train::MetricSet>(module, "MetricSet", "What is measured beside the loss.")
      .value("none", train::MetricSet::none)
      .value("classification", train::MetricSet::classification)
      .value("regression", train::MetricSet::regression);
  module.def("fit", &fit, "model"_a, "loss"_a, "optimizer"_a, "training"_a, "validation"_a.none(),
             "epochs"_a, "key"_a.none(), "metrics"_a, "clip_norm"_a, "clip_value"_a, "compile"_a,
             "schedule"_a.none(), "early_stopping"_a.none(), "after_epoch"_a.none(),
             "write"_a.none(), "is_terminal"_a, "checkpoint"_a, "resume"_a);
  bind_evaluation(module);
  bind_trained_model(module);
}

}  // namespace gradus::python
