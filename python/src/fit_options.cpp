#include "fit_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "choices.h"
#include "options.h"

namespace gradus::python {
namespace {

constexpr Choice<train::Pace> kPaces[] = {{"step", train::Pace::step},
                                          {"epoch", train::Pace::epoch}};

/// Takes values out of a dictionary, one by one.
class Values {
 public:
  Values(std::string what, const nb::dict& values)
      : what_(std::move(what)), left_(nb::steal<nb::dict>(PyDict_Copy(values.ptr()))) {}

  /// Gives `value` what the dictionary has under `name`, if it has something.
  template <class T>
  void take(const char* name, T& value) {
    if (!left_.contains(name)) return;
    const nb::object given = left_[name];
    if (!nb::try_cast(given, value)) {
      throw nb::type_error((what_ + ": " + name + " has a value of a wrong type, " +
                            nb::cast<std::string>(nb::repr(given)))
                               .c_str());
    }
    PyDict_DelItemString(left_.ptr(), name);
  }
  template <class T>
  T taken(const char* name, T value = {}) {
    take(name, value);
    return value;
  }

  const nb::dict& left() const { return left_; }
  void require_none_left() const {
    for (const auto& [name, value] : left_) {
      throw nb::type_error(
          (what_ + " has no option \"" + nb::cast<std::string>(nb::str(name)) + "\"").c_str());
    }
  }

 private:
  std::string what_;
  nb::dict left_;
};

std::optional<train::EarlyStopping> early_stopping_of(const std::optional<nb::dict>& options) {
  if (!options) return std::nullopt;
  train::EarlyStopping stopping;
  Values values("early_stopping", *options);
  values.take("patience", stopping.patience);
  values.take("monitor", stopping.monitor);
  values.take("minimum_change", stopping.minimum_change);
  values.take("restore_best", stopping.restore_best);
  values.require_none_left();
  return stopping;
}

std::optional<train::PlateauSchedule> plateau_of(const std::optional<nb::dict>& options) {
  if (!options) return std::nullopt;
  train::PlateauSchedule plateau;
  Values values("plateau", *options);
  values.take("monitor", plateau.monitor);
  if (values.left().contains("direction")) {
    throw nb::type_error("plateau: the direction follows from what is monitored");
  }
  assign_options(
      "plateau", [&](nn::OptionVisitor& v) { plateau.options.fields(v); }, values.left());
  return plateau;
}

io::Metadata metadata_of(const std::optional<nb::dict>& texts) {
  io::Metadata metadata;
  if (!texts) return metadata;
  for (const auto& [name, text] : *texts) {
    if (!nb::isinstance<nb::str>(name) || !nb::isinstance<nb::str>(text)) {
      throw nb::type_error("checkpoint_metadata: takes texts by name");
    }
    metadata.set(nb::cast<std::string>(name), nb::cast<std::string>(text));
  }
  return metadata;
}

train::CheckpointOptions checkpoint_of(Values& values) {
  train::CheckpointOptions checkpoint;
  values.take("checkpoint", checkpoint.path);
  values.take("checkpoint_steps", checkpoint.steps);
  values.take("checkpoint_seconds", checkpoint.seconds);
  values.take("resume", checkpoint.resume);
  checkpoint.metadata = metadata_of(values.taken<std::optional<nb::dict>>("checkpoint_metadata"));
  return checkpoint;
}

std::vector<std::unique_ptr<train::Callback>> callbacks_of(Values& values) {
  std::vector<std::unique_ptr<train::Callback>> callbacks;
  const nb::object after_epoch = values.taken<nb::object>("after_epoch", nb::none());
  if (!after_epoch.is_none()) callbacks.push_back(epoch_callback(after_epoch));
  for (const nb::object& callback : values.taken<std::vector<nb::object>>("callbacks")) {
    callbacks.push_back(object_callback(callback));
  }
  return callbacks;
}

}  // namespace

train::MetricSet metric_set_of(nb::handle value) {
  constexpr Choice<train::MetricSet> kSets[] = {
      {"none", train::MetricSet::none},
      {"classification", train::MetricSet::classification},
      {"regression", train::MetricSet::regression}};
  if (nb::isinstance<nb::str>(value)) {
    return chosen(kSets, "training", "metrics", nb::cast<std::string>(value));
  }
  train::MetricSet metrics = {};
  if (!nb::try_cast(value, metrics)) throw nb::type_error("metrics is a MetricSet or its name");
  return metrics;
}

FitArguments fit_arguments(const nb::dict& given) {
  Values values("fit", given);
  FitArguments arguments;
  train::FitOptions& options = arguments.options;
  values.take("epochs", options.epochs);
  options.key = values.taken<std::optional<Key>>("key").value_or(options.key);
  options.metrics = metric_set_of(values.taken<nb::object>("metrics", nb::cast(options.metrics)));
  values.take("clip_norm", options.clip_norm);
  values.take("clip_value", options.clip_value);
  options.precision = chosen(kProductPrecisions, "fit", "precision",
                             values.taken<std::string>("precision", "f32"));
  values.take("compile", options.compile);
  options.schedule =
      values.taken<std::optional<optim::Schedule>>("schedule").value_or(options.schedule);
  options.schedule_every =
      chosen(kPaces, "fit", "schedule_every", values.taken<std::string>("schedule_every", "step"));
  options.plateau = plateau_of(values.taken<std::optional<nb::dict>>("plateau"));
  options.early_stopping =
      early_stopping_of(values.taken<std::optional<nb::dict>>("early_stopping"));
  options.checkpoint = checkpoint_of(values);
  arguments.callbacks = callbacks_of(values);
  for (const auto& callback : arguments.callbacks) options.callbacks.push_back(callback.get());
  values.require_none_left();
  return arguments;
}

}  // namespace gradus::python
