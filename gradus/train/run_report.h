// Internal: what the report of a run tells.
#pragma once

#include <string>
#include <vector>

#include "gradus/data/catalog.h"
#include "gradus/nn/sequential.h"
#include "gradus/report/report.h"
#include "gradus/train/evaluate.h"
#include "gradus/train/history.h"

namespace gradus::train {

/// What a run has to show when it is done.
struct RunOutcome {
  std::string title;
  const data::DataSetInfo& info;
  std::vector<EpochRecord> history;
  std::int64_t best_epoch = 0;
  Metrics test = {};                        ///< empty without test examples
  Predictions predictions = {};             ///< for the test examples
  const data::Dataset* examples = nullptr;  ///< the test examples as they are in the data set
  std::vector<report::Fact> facts = {};
  std::string recipe = {};  ///< TOML
};

report::ReportData report_of(const RunOutcome& outcome, nn::Sequential& model);

}  // namespace gradus::train
