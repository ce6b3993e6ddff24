#include "gradus/train/run_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "gradus/nn/describe.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/train/progress.h"

namespace gradus::train {
namespace {

constexpr std::size_t kMistakes = 21;
constexpr std::int64_t kFilters = 64;
constexpr std::int64_t kLargestFilter = 64;  // pixels a side

std::string label_of(std::string name) {
  if (name == "mse") return "Mean squared error";
  if (name == "mae") return "Mean absolute error";
  if (name == "r2") return "R²";
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

std::string value_text(std::string_view metric, double value) {
  if (metric == "accuracy") return fmt::format("{:.2f} %", 100 * value);
  return fmt::format("{:.4g}", value);
}

/// A diagram for each measure, training and validation in one, and one for the learning rate.
std::vector<report::Curves> curves_of(const std::vector<EpochRecord>& history) {
  std::vector<report::Curves> diagrams;
  if (history.empty()) return diagrams;
  for (const auto& metric : history.front().training) {
    report::Series training{.name = "training"}, validation{.name = "validation"};
    for (const EpochRecord& record : history) {
      training.values.push_back(find_metric(record.training, metric.first).value_or(NAN));
      validation.values.push_back(find_metric(record.validation, metric.first).value_or(NAN));
    }
    report::Curves curves{.title = label_of(metric.first), .series = {std::move(training)}};
    if (!history.front().validation.empty()) curves.series.push_back(std::move(validation));
    diagrams.push_back(std::move(curves));
  }
  report::Series rates{.name = "learning rate"};
  for (const EpochRecord& record : history) rates.values.push_back(record.learning_rate);
  diagrams.push_back({.title = "Learning rate", .series = {std::move(rates)}});
  return diagrams;
}

std::vector<report::Fact> headline_of(const RunOutcome& outcome, std::int64_t parameters) {
  std::vector<report::Fact> facts;
  Metrics shown = outcome.test;
  std::stable_partition(shown.begin(), shown.end(), [](const auto& metric) {
    return metric.first == "accuracy" || metric.first == "r2";
  });
  for (const auto& [name, value] : shown) {
    if (name != "mse") facts.push_back({"test " + name, value_text(name, value)});
  }
  facts.push_back({"parameters", report::grouped(parameters)});
  if (!outcome.history.empty()) {
    facts.push_back(
        {"best epoch", fmt::format("{} of {}", outcome.best_epoch, outcome.history.size())});
    double seconds = 0;
    for (const EpochRecord& record : outcome.history) seconds += record.seconds;
    facts.push_back({"training time", duration_text(seconds)});
  }
  return facts;
}

/// Numbers from 0 to 1 of (channels, height, width) as u8 (height, width, channels).
Tensor as_picture(const Tensor& levels) {
  const Tensor bytes = round(clip(levels, 0, 1) * 255.0f);
  return cast(transpose(bytes, {1, 2, 0}), DType::u8).eval();
}

/// True of shapes that can be drawn: (channels, height, width), grey or coloured.
bool is_drawable(const Shape& shape) {
  return shape.rank() == 3 && (shape[0] == 1 || shape[0] == 3) && shape[1] > 1 && shape[2] > 1;
}

/// An example as a picture; undefined if it is not one.
Tensor picture_of(const data::Dataset& examples, std::int64_t index,
                  const data::DataSetInfo& info) {
  if (info.pixel_maximum <= 0 || !is_drawable(info.input_shape)) return {};
  const Tensor pixels = reshape(examples.get({&index, 1}).inputs, info.input_shape);
  return as_picture(cast(pixels, DType::f32) / static_cast<float>(info.pixel_maximum));
}

report::ConfusionMatrix confusion_of(const std::vector<std::int64_t>& truth,
                                     const std::vector<std::int64_t>& guesses,
                                     const std::vector<std::string>& classes) {
  report::ConfusionMatrix matrix{.classes = classes};
  matrix.counts.assign(classes.size() * classes.size(), 0);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ++matrix.counts[static_cast<std::size_t>(truth[i]) * classes.size() +
                    static_cast<std::size_t>(guesses[i])];
  }
  return matrix;
}

/// Numbers of examples, those with the largest `badness` first; only the positive ones.
std::vector<std::size_t> worst(const std::vector<double>& badness) {
  std::vector<std::size_t> order(badness.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return !(badness[i] > 0); });
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return badness[a] > badness[b]; });
  if (order.size() > kMistakes) order.resize(kMistakes);
  return order;
}

void add_classification(report::ReportData& report, const RunOutcome& outcome) {
  const Predictions& test = outcome.predictions;
  const auto truth = test.targets.to_vector<std::int64_t>();
  const auto guesses = argmax(test.outputs).to_vector<std::int64_t>();
  const auto certainties = max(softmax(test.outputs), {.axes = {-1}}).to_vector<double>();
  const auto& classes = outcome.info.class_names;
  report.confusion = confusion_of(truth, guesses, classes);

  std::vector<double> badness(truth.size(), 0);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] != guesses[i]) badness[i] = certainties[i];
  }
  for (const std::size_t i : worst(badness)) {
    report.mistakes.push_back(
        {.picture = picture_of(*outcome.examples, static_cast<std::int64_t>(i), outcome.info),
         .truth = classes[static_cast<std::size_t>(truth[i])],
         .prediction = classes[static_cast<std::size_t>(guesses[i])],
         .detail = fmt::format("{:.1f} %", 100 * badness[i])});
  }
}

void add_regression(report::ReportData& report, const RunOutcome& outcome) {
  report.scatter = {.truth = outcome.predictions.targets.to_vector<double>(),
                    .prediction = outcome.predictions.outputs.to_vector<double>()};
  const report::Scatter& points = report.scatter;
  std::vector<double> badness(points.truth.size());
  for (std::size_t i = 0; i < badness.size(); ++i) {
    badness[i] = std::abs(points.truth[i] - points.prediction[i]);
  }
  for (const std::size_t i : worst(badness)) {
    report.mistakes.push_back({.truth = fmt::format("{:.4g}", points.truth[i]),
                               .prediction = fmt::format("{:.4g}", points.prediction[i]),
                               .detail = fmt::format("off by {:.4g}", badness[i])});
  }
}

/// The weights of the first layer as pictures, if they are of pictures; (units, channels, h, w).
Tensor first_filters(nn::Sequential& model, const Shape& example) {
  if (example.rank() != 3) return {};
  for (std::size_t i = 0; i < model.size(); ++i) {
    const std::vector<nn::Member> parameters = nn::parameters(model[i]);
    if (parameters.empty()) continue;
    const Tensor& weight = *parameters.front().tensor;
    if (weight.rank() == 4 && weight.shape()[1] == example[0]) return weight;
    if (weight.rank() == 2 && weight.shape()[1] == example.size()) {
      return reshape(weight, Shape{weight.shape()[0], example[0], example[1], example[2]});
    }
    return {};
  }
  return {};
}

/// All on one scale: grey is 0, white the largest weight.
std::vector<Tensor> filters_of(nn::Sequential& model, const Shape& example) {
  Tensor weights = first_filters(model, example);
  if (!weights.defined()) return {};
  const Shape shape{weights.dim(1), weights.dim(2), weights.dim(3)};
  if (!is_drawable(shape) || shape[1] > kLargestFilter || shape[2] > kLargestFilter) return {};
  weights = cast(slice(weights, {{0, kFilters}}), DType::f32);
  const float largest = max(absolute(weights)).item<float>();
  const Tensor levels = weights / (2 * (largest > 0 ? largest : 1)) + 0.5f;
  std::vector<Tensor> pictures;
  for (std::int64_t i = 0; i < weights.dim(0); ++i) {
    pictures.push_back(as_picture(select(levels, 0, i)));
  }
  return pictures;
}

}  // namespace

report::ReportData report_of(const RunOutcome& outcome, nn::Sequential& model) {
  report::ReportData report;
  report.title = outcome.title;
  report.subtitle = fmt::format("{} · {:%d %B %Y, %H:%M}", outcome.info.description,
                                fmt::localtime(std::time(nullptr)));
  report.headline = headline_of(outcome, nn::parameter_count(model));
  report.curves = curves_of(outcome.history);
  report.best_epoch = outcome.best_epoch;
  if (outcome.predictions.outputs.defined()) {
    if (outcome.info.task == data::Task::classification) {
      add_classification(report, outcome);
    } else {
      add_regression(report, outcome);
    }
  }
  report.filters = filters_of(model, outcome.info.input_shape);
  for (const nn::LayerRow& row : nn::describe(model, outcome.info.input_shape)) {
    report.layers.push_back(
        {.path = row.path,
         .type = row.options.empty() ? row.kind : fmt::format("{} ({})", row.kind, row.options),
         .output = row.output.to_string(),
         .parameters = row.parameters,
         .multiply_adds = row.multiply_adds});
  }
  report.facts = outcome.facts;
  report.recipe = outcome.recipe;
  return report;
}

}  // namespace gradus::train
