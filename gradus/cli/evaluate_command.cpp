#include <nlohmann/json.hpp>

#include "gradus/cli/commands.h"
#include "gradus/cli/metrics_text.h"
#include "gradus/cli/table.h"
#include "gradus/train/trained_model.h"

namespace gradus::cli {

ExitCode run_evaluate(const EvaluateArguments& arguments, Output& output) {
  train::TrainedModel trained = train::load_run(arguments.run);
  const train::Evaluation evaluation = train::evaluate(trained, arguments.data);
  if (arguments.json) {
    nlohmann::ordered_json json;
    for (const auto& [name, value] : evaluation.metrics) json["test_" + name] = value;
    json["data"] = evaluation.data;
    json["run"] = arguments.run;
    output.line(json.dump());
  } else {
    Table table({Align::left, Align::left});
    table.row({"data", evaluation.data});
    add_metric_rows(table, "test ", evaluation.metrics);
    output.write(table.to_string(output.width()));
  }
  return ExitCode::done;
}

}  // namespace gradus::cli
