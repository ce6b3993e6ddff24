#include "gradus/train/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace gradus::train {
namespace {

constexpr double kBetweenDrawings = 0.1;  // seconds
constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr std::size_t kWidestBar = 30;
constexpr std::size_t kNarrowestBar = 6;

double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

std::string epoch_text(std::int64_t epoch, std::int64_t epochs) {
  const std::string last = fmt::format("{}", epochs);
  return fmt::format("epoch {:>{}}/{}", epoch, last.size(), last);
}

std::string metric_text(const Metrics& metrics, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < std::min(count, metrics.size()); ++i) {
    text +=
        fmt::format("{}{} {}", i ? "  " : "", metrics[i].first, value_text(metrics[i].second, 4));
  }
  return text;
}

/// The first of several wordings, longest first, that fits; the last one cut if none does.
std::string fitting(const std::vector<std::string>& wordings, std::size_t width) {
  for (const std::string& wording : wordings) {
    if (wording.size() <= width) return wording;
  }
  return wordings.back().substr(0, width);
}

/// "loss 0.312/0.299": training, then validation.
std::string paired_text(const Metrics& training, const Metrics& validation, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < std::min(count, training.size()); ++i) {
    text += fmt::format("  {} {}", training[i].first, value_text(training[i].second, 3));
    if (i < validation.size()) text += "/" + value_text(validation[i].second, 3);
  }
  return text;
}

/// What can be said of an epoch, the most telling first.
std::vector<std::string> epoch_lines(const std::string& epoch, const Metrics& training,
                                     const Metrics& validation, const std::string& time) {
  std::string line = epoch + "  " + metric_text(training, training.size());
  if (!validation.empty()) line += " | validation " + metric_text(validation, validation.size());
  std::vector<std::string> lines = {line + "  " + time};
  for (std::size_t count = training.size(); count > 0; --count) {
    lines.push_back(epoch + paired_text(training, validation, count) + "  " + time);
  }
  lines.push_back(epoch + paired_text(training, validation, 1));
  return lines;
}

}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

int Progress::width() const {
  const int columns = options_.width ? options_.width() : 80;
  return std::max(columns, 20) - 1;  // a full last column wraps on some terminals
}

std::string Progress::bar(const Metrics& metrics) const {
  const std::string epoch = epoch_text(epoch_, epochs_);
  const std::string count = fmt::format("{}/{}", step_, steps_);
  const double elapsed = now() - epoch_start_;
  const double left =
      step_ ? elapsed * static_cast<double>(steps_ - step_) / static_cast<double>(step_) : 0;
  const std::string time = fmt::format("{} left", duration_text(left));
  std::vector<std::string> tails;
  for (std::size_t shown = metrics.size(); shown > 0; --shown) {
    tails.push_back(fmt::format(" {}  {}  {}", count, metric_text(metrics, shown), time));
  }
  tails.push_back(fmt::format(" {}  {}", count, time));
  tails.push_back(fmt::format(" {}", count));

  const auto columns = static_cast<std::size_t>(width());
  const std::size_t fixed = epoch.size() + 3;  // a blank and two brackets
  const std::size_t narrowest = fixed + kNarrowestBar;
  if (columns < narrowest + tails.back().size()) return fitting({epoch + tails.back()}, columns);
  const std::string tail = fitting(tails, columns - narrowest);
  const std::size_t length = std::min(columns - fixed - tail.size(), kWidestBar);
  const auto done =
      static_cast<std::size_t>(static_cast<double>(length) * static_cast<double>(step_) /
                               static_cast<double>(std::max<std::int64_t>(steps_, 1)));
  std::string drawn(std::min(done, length), '=');
  if (drawn.size() < length) drawn += '>';
  drawn.resize(length, ' ');
  return fmt::format("{} [{}]{}", epoch, drawn, tail);
}

void Progress::start_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t steps) {
  epoch_ = epoch;
  epochs_ = epochs;
  step_ = 0;
  steps_ = steps;
  epoch_start_ = now();
}

bool Progress::wants_step() const {
  return options_.terminal && now() - last_drawn_ >= kBetweenDrawings;
}

void Progress::step(std::int64_t step, const Metrics& metrics) {
  step_ = step;
  if (!wants_step()) return;
  last_drawn_ = now();
  shown_ = bar(metrics);
  sink_(std::string(kClearLine) + shown_);
}

void Progress::end_epoch(const Metrics& training, const Metrics& validation, double seconds) {
  const auto lines =
      epoch_lines(epoch_text(epoch_, epochs_), training, validation, duration_text(seconds));
  clear();
  const std::string line =
      options_.terminal ? fitting(lines, static_cast<std::size_t>(width())) : lines.front();
  sink_(line + "\n");
}

void Progress::note(std::string_view text) {
  const std::string bar = shown_;
  clear();
  sink_(std::string(text) + "\n");
  if (bar.empty()) return;
  shown_ = bar;
  sink_(bar);
}

void Progress::clear() {
  if (shown_.empty()) return;
  sink_(kClearLine);
  shown_.clear();
}

}  // namespace gradus::train
