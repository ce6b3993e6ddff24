#pragma once

#include <string>

#include "gradus/cli/table.h"
#include "gradus/train/metrics.h"

namespace gradus::cli {

/// A row for each metric: "test accuracy", "91.23 %".
void add_metric_rows(Table& table, const std::string& prefix, const train::Metrics& metrics);

}  // namespace gradus::cli
