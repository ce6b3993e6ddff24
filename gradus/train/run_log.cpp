#include "gradus/train/run_log.h"

#include "gradus/io/atomic_file.h"

namespace gradus::train {
namespace {

io::LogFile file_of(const std::string& path, const std::vector<EpochRecord>& history) {
  std::string lines;
  for (const EpochRecord& record : history) lines += to_json(record) + '\n';
  io::write_file("metrics", path, lines);
  return io::LogFile::append("metrics", path);
}

}  // namespace

MetricsFile::MetricsFile(const std::string& path, const std::vector<EpochRecord>& history)
    : file_(file_of(path, history)) {}

void MetricsFile::end_epoch(const EpochRecord& record) {
  file_.write(to_json(record) + '\n');
  file_.flush();
}

EventLog::EventLog(const std::string& folder, std::int64_t epochs_done)
    : file_(folder, epochs_done > 0 ? epochs_done + 1 : 0) {}

void EventLog::end_epoch(const EpochRecord& record) {
  for (const auto& [name, value] : record.training) {
    file_.add_scalar(name + "/train", static_cast<float>(value), record.epoch);
  }
  for (const auto& [name, value] : record.validation) {
    file_.add_scalar(name + "/validation", static_cast<float>(value), record.epoch);
  }
  file_.add_scalar("learning_rate", static_cast<float>(record.learning_rate), record.epoch);
  file_.add_scalar("seconds", static_cast<float>(record.seconds), record.epoch);
  file_.flush();
}

void ProgressLog::after_step(const StepRecord& record) {
  if (progress_.wants_step()) progress_.step(record.step, record.sums.result());
}

}  // namespace gradus::train
