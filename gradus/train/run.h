#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/base/function.h"
#include "gradus/train/fit.h"
#include "gradus/train/progress.h"
#include "gradus/train/recipe.h"

namespace gradus::train {

struct RunOptions {
  /// Where the run keeps its files; empty: a new folder runs/<time>-<name>.
  std::string folder = {};
  /// Go on in `folder` from where it stopped, with the recipe as far as that is possible.
  bool resume = false;
  /// Take one batch through training, validation, checkpoint and report in a temporary folder.
  bool dry_run = false;
  TextSink messages = {};         ///< text for a person: what is trained, progress; none if unset
  ProgressOptions progress = {};  ///< how progress is drawn
  Function<void(const EpochRecord&)> after_epoch = {};
  Function<bool()> interrupted = {};  ///< asked after each step: true saves a checkpoint and stops
};

struct RunResult {
  std::string folder;
  std::vector<EpochRecord> history;
  StopReason reason = StopReason::all_epochs;
  std::int64_t best_epoch = 0;
  Metrics test = {};        ///< empty without test examples
  std::string report = {};  ///< the path of report.html; empty after a dry run
};

/// Does what a recipe says, in a folder that then holds recipe.toml (resolved), metrics.jsonl,
/// event files for TensorBoard, checkpoint.safetensors, model.safetensors and report.html.
/// Everything that can be checked is checked before the first step. Throws Error; `interrupted`
/// after a checkpoint was saved on request.
RunResult run(const Recipe& recipe, const RunOptions& options = {});

}  // namespace gradus::train
