#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <nanobind/nanobind.h>

#include "callback.h"
#include "gradus/train/fit.h"
#include "gradus/train/progress.h"

// What training tells Python while it goes on. Dictionaries for records need the interpreter lock.

namespace gradus::python {

nb::dict dictionary_of(const train::Metrics& metrics);
nb::dict record_of(const train::EpochRecord& record);
nb::list records_of(const std::vector<train::EpochRecord>& history);
const char* name_of(train::StopReason reason);

/// A Python object that writes progress: called with text, it has `is_terminal` and `width()`; or
/// None.
class ProgressWriter {
 public:
  explicit ProgressWriter(const nb::object& writer);
  explicit operator bool() const { return is_set_; }

  train::TextSink sink() const;
  train::ProgressOptions options() const;

 private:
  HeldObject writer_;
  bool is_set_;
  bool is_terminal_;
};

/// Draws progress by a writer.
std::unique_ptr<train::Callback> progress_callback(const ProgressWriter& writer);
/// Calls a Python function with the record of each epoch.
std::unique_ptr<train::Callback> epoch_callback(const nb::object& function);
/// Calls the methods start_epoch, after_step and end_epoch of a Python object, as far as it has
/// them. Throws TypeError if it has none.
std::unique_ptr<train::Callback> object_callback(const nb::object& object);

}  // namespace gradus::python
