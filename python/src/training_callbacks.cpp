#include "training_callbacks.h"

#include <string>
#include <utility>

#include <nanobind/stl/string.h>

namespace gradus::python {
namespace {

class DrawnProgress final : public train::Callback {
 public:
  explicit DrawnProgress(const ProgressWriter& writer)
      : progress_(writer.sink(), writer.options()) {}

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
  train::Progress progress_;
};

class EpochFunction final : public train::Callback {
 public:
  explicit EpochFunction(const nb::object& function) : function_(function) {}
  void end_epoch(const train::EpochRecord& record) override {
    const nb::gil_scoped_acquire locked;
    (*function_)(record_of(record));
  }

 private:
  HeldObject function_;
};

class ObjectCallback final : public train::Callback {
 public:
  explicit ObjectCallback(const nb::object& object)
      : start_epoch_(method(object, "start_epoch")),
        after_step_(method(object, "after_step")),
        end_epoch_(method(object, "end_epoch")),
        has_after_step_(!after_step_->is_none()) {
    if (!has_after_step_ && start_epoch_->is_none() && end_epoch_->is_none()) {
      throw nb::type_error(
          "a callback has a method start_epoch(epoch, epochs, steps), after_step(record) or "
          "end_epoch(record)");
    }
  }

  void start_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t steps) override {
    const nb::gil_scoped_acquire locked;
    if (!start_epoch_->is_none()) (*start_epoch_)(epoch, epochs, steps);
  }
  void after_step(const train::StepRecord& record) override {
    if (!has_after_step_) return;
    const nb::gil_scoped_acquire locked;
    nb::dict row;
    row["epoch"] = record.epoch;
    row["step"] = record.step;
    row["steps"] = record.steps;
    row["loss"] = record.loss;
    (*after_step_)(row);
  }
  void end_epoch(const train::EpochRecord& record) override {
    const nb::gil_scoped_acquire locked;
    if (!end_epoch_->is_none()) (*end_epoch_)(record_of(record));
  }

 private:
  static nb::object method(const nb::object& object, const char* name) {
    return nb::getattr(object, name, nb::none());
  }

  HeldObject start_epoch_, after_step_, end_epoch_;
  bool has_after_step_;
};

}  // namespace

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

nb::list records_of(const std::vector<train::EpochRecord>& history) {
  nb::list records;
  for (const train::EpochRecord& record : history) records.append(record_of(record));
  return records;
}

const char* name_of(train::StopReason reason) {
  constexpr const char* names[] = {"all_epochs", "early_stopping", "interrupted"};
  return names[static_cast<std::size_t>(reason)];
}

ProgressWriter::ProgressWriter(const nb::object& writer)
    : writer_(writer),
      is_set_(!writer.is_none()),
      is_terminal_(is_set_ && nb::cast<bool>(writer.attr("is_terminal"))) {}

train::TextSink ProgressWriter::sink() const {
  if (!is_set_) return {};
  return [writer = writer_](std::string_view text) {
    const nb::gil_scoped_acquire locked;
    (*writer)(nb::str(text.data(), text.size()));
  };
}

train::ProgressOptions ProgressWriter::options() const {
  if (!is_set_) return {};
  return {.terminal = is_terminal_, .width = [writer = writer_] {
            const nb::gil_scoped_acquire locked;
            return nb::cast<int>(writer->attr("width")());
          }};
}

std::unique_ptr<train::Callback> progress_callback(const ProgressWriter& writer) {
  return std::make_unique<DrawnProgress>(writer);
}

std::unique_ptr<train::Callback> epoch_callback(const nb::object& function) {
  if (!PyCallable_Check(function.ptr())) throw nb::type_error("after_epoch is a function");
  return std::make_unique<EpochFunction>(function);
}

std::unique_ptr<train::Callback> object_callback(const nb::object& object) {
  return std::make_unique<ObjectCallback>(object);
}

}  // namespace gradus::python
