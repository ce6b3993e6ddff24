#include "gradus/train/run_log.h"

#include <cerrno>

#include "gradus/io/atomic_file.h"
#include "gradus/io/file_bytes.h"

namespace gradus::train {

MetricsFile::MetricsFile(const std::string& path, const std::vector<EpochRecord>& history)
    : path_(path) {
  std::string lines;
  for (const EpochRecord& record : history) lines += to_json(record) + "\n";
  io::write_file("metrics", path, lines);
  file_.reset(std::fopen(path.c_str(), "ae"));
  if (!file_) throw io::system_error("metrics", path, "cannot open it", errno);
}

void MetricsFile::end_epoch(const EpochRecord& record) {
  const std::string line = to_json(record) + "\n";
  const bool written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() &&
                       std::fflush(file_.get()) == 0;
  if (!written) throw io::system_error("metrics", path_, "cannot write it", errno);
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
