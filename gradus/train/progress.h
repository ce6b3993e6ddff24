#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "gradus/base/function.h"
#include "gradus/train/metrics.h"

namespace gradus::train {

/// Takes text that a person should see.
using TextSink = Function<void(std::string_view)>;

struct ProgressOptions {
  bool terminal = false;  ///< draw a bar that moves; else one line per epoch
  Function<int()> width;  ///< columns of the terminal, asked for at each drawing; unset: 80
};

/// Tells how far training is: on a terminal a bar that is drawn over itself, at most ten times a
/// second, and a line for each finished epoch; elsewhere only these lines, without control
/// characters. No line on a terminal is wider than the terminal.
class Progress {
 public:
  Progress(TextSink sink, ProgressOptions options)
      : sink_(std::move(sink)), options_(std::move(options)) {}

  void start_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t steps);
  /// True if step() would draw now.
  bool wants_step() const;
  /// After step `step` of `steps` (from 1), with means over the epoch so far.
  void step(std::int64_t step, const Metrics& metrics);
  /// Replaces the bar by a line.
  void end_epoch(const Metrics& training, const Metrics& validation, double seconds);
  /// Writes a line of its own, above the bar.
  void note(std::string_view text);
  /// Takes the bar away, as before an error message.
  void clear();

 private:
  int width() const;
  std::string bar(const Metrics& metrics) const;

  TextSink sink_;
  ProgressOptions options_;
  std::int64_t epoch_ = 0, epochs_ = 0, step_ = 0, steps_ = 0;
  double epoch_start_ = 0, last_drawn_ = 0;  // seconds of a clock that never goes back
  std::string shown_;                        // the bar on the screen
};

/// "8.3 s", "2 min 07 s", "1 h 04 min"
std::string duration_text(double seconds);

}  // namespace gradus::train
