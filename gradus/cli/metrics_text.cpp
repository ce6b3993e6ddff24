#include "gradus/cli/metrics_text.h"

#include <fmt/format.h>

namespace gradus::cli {

void add_metric_rows(Table& table, const std::string& prefix, const train::Metrics& metrics) {
  for (const auto& [name, value] : metrics) {
    table.row({prefix + name, name == "accuracy" ? fmt::format("{:.2f} %", 100 * value)
                                                 : train::value_text(value, 4)});
  }
}

}  // namespace gradus::cli
