#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/error.h"
#include "gradus/cli/commands.h"
#include "gradus/cli/table.h"
#include "gradus/train/input_file.h"
#include "gradus/train/trained_model.h"

namespace gradus::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What the model says of each example, row by row.
struct Rows {
  std::size_t count = 0, width = 0;
  std::vector<float> values;         // (count, width): probabilities, or numbers
  std::vector<std::int64_t> labels;  // (count), empty for a regression
  const std::vector<std::string>& classes;

  bool is_classification() const { return !classes.empty(); }
  std::span<const float> row(std::size_t i) const {
    return std::span(values).subspan(i * width, width);
  }
  std::size_t label(std::size_t i) const { return static_cast<std::size_t>(labels[i]); }
};

/// As train::predict; an Error names the file.
train::Prediction predict(train::TrainedModel& trained, const Tensor& inputs,
                          const std::string& path) {
  try {
    return train::predict(trained, inputs);
  } catch (Error& error) {
    error.add_context(path);
    throw;
  }
}

Rows rows_of(const train::Prediction& prediction, const data::DataSetInfo& info) {
  const bool classifies = prediction.probabilities.defined();
  const Tensor& values = classifies ? prediction.probabilities : prediction.outputs;
  return {.count = static_cast<std::size_t>(values.dim(0)),
          .width = static_cast<std::size_t>(values.dim(1)),
          .values = values.to_vector<float>(),
          .labels = classifies ? prediction.labels.to_vector<std::int64_t>()
                               : std::vector<std::int64_t>{},
          .classes = info.class_names};
}

Json to_json(const Rows& rows, std::size_t i) {
  Json json;
  json["example"] = i;
  if (rows.is_classification()) {
    json["label"] = rows.label(i);
    json["class"] = rows.classes[rows.label(i)];
    json["probabilities"] = rows.row(i);
  } else {
    json["prediction"] = rows.row(i);
  }
  return json;
}

std::vector<std::string> to_cells(const Rows& rows, std::size_t i) {
  if (!rows.is_classification()) {
    return {fmt::format("{}", i), fmt::format("{:g}", fmt::join(rows.row(i), ", ")), ""};
  }
  const float probability = rows.row(i)[rows.label(i)];
  return {fmt::format("{}", i), rows.classes[rows.label(i)],
          fmt::format("{:.1f} %", 100 * probability)};
}

}  // namespace

ExitCode run_predict(const PredictArguments& arguments, Output& output) {
  train::TrainedModel trained = train::load_run(arguments.run);
  const Tensor inputs = train::read_inputs(arguments.input, trained.info);
  const Rows rows = rows_of(predict(trained, inputs, arguments.input), trained.info);
  Table table({Align::right, Align::left, Align::left});
  for (std::size_t i = 0; i < rows.count; ++i) {
    if (arguments.json) {
      output.line(to_json(rows, i).dump());
    } else {
      table.row(to_cells(rows, i));
    }
  }
  output.write(table.to_string(0));
  return ExitCode::done;
}

}  // namespace gradus::cli
