#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/base/function.h"
#include "gradus/io/log_file.h"
#include "gradus/train/event_file.h"
#include "gradus/train/fit.h"
#include "gradus/train/progress.h"

// What a run tells while it goes on.

namespace gradus::train {

/// metrics.jsonl: a line of JSON for each epoch, handed to the operating system at once.
class MetricsFile final : public Callback {
 public:
  /// Begins with the epochs that are done already; what else the file held is dropped.
  MetricsFile(const std::string& path, const std::vector<EpochRecord>& history);
  void end_epoch(const EpochRecord& record) override;

 private:
  io::LogFile file_;
};

/// Scalars for TensorBoard, by epoch: "loss/train", "loss/validation", "learning_rate", ...
class EventLog final : public Callback {
 public:
  EventLog(const std::string& folder, std::int64_t epochs_done);
  void end_epoch(const EpochRecord& record) override;

 private:
  EventFile file_;
};

/// Progress for a person.
class ProgressLog final : public Callback {
 public:
  ProgressLog(TextSink sink, ProgressOptions options)
      : progress_(std::move(sink), std::move(options)) {}
  void start_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t steps) override {
    progress_.start_epoch(epoch, epochs, steps);
  }
  void after_step(const StepRecord& record) override;
  void end_epoch(const EpochRecord& record) override {
    progress_.end_epoch(record.training, record.validation, record.seconds);
  }
  void clear() { progress_.clear(); }

 private:
  Progress progress_;
};

/// Calls a function after each epoch.
class EpochListener final : public Callback {
 public:
  explicit EpochListener(Function<void(const EpochRecord&)> function)
      : function_(std::move(function)) {}
  void end_epoch(const EpochRecord& record) override { function_(record); }

 private:
  Function<void(const EpochRecord&)> function_;
};

}  // namespace gradus::train
