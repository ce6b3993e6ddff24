#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/train/metrics.h"

namespace gradus::train {

/// What an epoch brought.
struct EpochRecord {
  std::int64_t epoch = 0;  ///< from 1
  Metrics training = {};
  Metrics validation = {};   ///< empty without validation data
  double learning_rate = 0;  ///< at its end
  double seconds = 0;
};

/// The number that a name stands for in a record: "train_loss", "validation_accuracy",
/// "learning_rate". Nothing if there is none of that name.
std::optional<double> find_metric(const EpochRecord& record, std::string_view name);

/// {"epoch":1,"train_loss":0.5,...}, on one line. Numbers that are not finite become null.
std::string to_json(const EpochRecord& record);

/// A history and back, for checkpoints: every number keeps its bits. Throws Error if the text is
/// not such a history.
std::string history_to_json(const std::vector<EpochRecord>& history);
std::vector<EpochRecord> history_from_json(const std::string& text);

}  // namespace gradus::train
