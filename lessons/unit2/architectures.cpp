// What an architecture costs: parameters and multiply-adds of every layer.
#include <numeric>

#include <fmt/format.h>

#include "gradus/learn/classification_metrics.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/convolution.h"
#include "gradus/nn/describe.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/pooling.h"
#include "gradus/nn/sequential.h"
#include "gradus/nn/shape_layer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/optim/adam.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

/// LeNet-5 (LeCun et al. 1998) as it is usually taken today, for pictures of 28 x 28.
nn::Sequential lenet() {
  return nn::Sequential{nn::Conv2d{{.in = 1, .out = 6, .kernel_size = {5}, .padding = {2}}},
                        nn::ReLU{},
                        nn::MaxPool{},
                        nn::Conv2d{{.in = 6, .out = 16, .kernel_size = {5}}},
                        nn::ReLU{},
                        nn::MaxPool{},
                        nn::Flatten{},
                        nn::Linear{{.in = 400, .out = 120}},
                        nn::ReLU{},
                        nn::Linear{{.in = 120, .out = 84}},
                        nn::ReLU{},
                        nn::Linear{{.in = 84, .out = 10}}};
}

/// Fully connected, of any depth.
nn::Sequential perceptron(const std::vector<std::int64_t>& widths) {
  nn::Sequential model;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    if (i > 0) model.add(nn::ReLU{});
    model.add(nn::Linear{{.in = widths[i], .out = widths[i + 1]}});
  }
  nn::initialize(model, Key(1));
  return model;
}

struct Cost {
  std::int64_t parameters = 0, multiply_adds = 0;
};

Cost cost_of(const std::vector<nn::LayerRow>& rows) {
  Cost cost;
  for (const nn::LayerRow& row : rows) {
    cost.parameters += row.parameters;
    cost.multiply_adds += row.multiply_adds;
  }
  return cost;
}

/// Layers that have parameters, and where these and the work lie.
report::Plot shares_of(const std::vector<nn::LayerRow>& rows) {
  const Cost cost = cost_of(rows);
  report::Plot plot{.title = "LeNet: where its parameters and its work are",
                    .x = {.label = "layer"},
                    .y = {.label = "per cent of all", .low = 0, .high = 100}};
  report::PlotSeries parameters{.name = "parameters", .mark = report::Mark::bars},
      work{.name = "multiply-adds", .mark = report::Mark::line_and_points};
  for (const nn::LayerRow& row : rows) {
    if (row.parameters == 0) continue;
    const auto at = static_cast<double>(parameters.x.size());
    plot.x.names.push_back(row.kind + " " + row.path.substr(row.path.rfind('.') + 1));
    parameters.x.push_back(at);
    parameters.y.push_back(100.0 * static_cast<double>(row.parameters) /
                           static_cast<double>(cost.parameters));
    work.x.push_back(at);
    work.y.push_back(100.0 * static_cast<double>(row.multiply_adds) /
                     static_cast<double>(cost.multiply_adds));
  }
  plot.series = {parameters, work};
  return plot;
}

/// Right of digits that were not learned from.
double learned_accuracy(nn::Sequential model, const Digits& train, const Digits& test) {
  optim::Adam optimizer{{.learning_rate = 0.01f}};
  for (int step = 0; step < 100; ++step) {
    const auto [loss, gradients] =
        nn::value_and_grad(model, [&] { return nn::cross_entropy(model(train.x), train.labels); });
    optimizer.step(model, gradients);
  }
  return learn::accuracy(argmax(model(test.x)), test.labels);
}

}  // namespace

void architectures(Notebook& notebook) {
  nn::Sequential convolutional = lenet();
  const auto rows = nn::describe(convolutional, {1, 28, 28});
  notebook.say("LeNet, of pictures of 28 x 28");
  notebook.say(nn::to_table(rows));

  // Digits of 8 x 8, by networks of one width or another, deep or not.
  const auto [train, test] = digit_parts();
  Table table({Align::left, Align::right, Align::right, Align::right});
  table.row({"hidden layers", "parameters", "multiply-adds", "right of 400 others"});
  report::Plot plot{.title = "400 digits learned, 400 others judged",
                    .x = {.label = "parameters", .scale = report::AxisScale::logarithmic},
                    .y = {.label = "right in %", .low = 40, .high = 100}};
  for (const std::size_t depth : {0, 1, 2, 4}) {
    report::PlotSeries series{.name = fmt::format("{} hidden", depth),
                              .mark = report::Mark::line_and_points};
    for (const std::int64_t width : {2, 4, 8, 16, 32, 64}) {
      std::vector<std::int64_t> widths(depth + 2, width);
      widths.front() = 64;
      widths.back() = 10;
      nn::Sequential model = perceptron(widths);
      const Cost cost = cost_of(nn::describe(model, {64}));
      const double right = 100 * learned_accuracy(model, train, test);
      series.x.push_back(static_cast<double>(cost.parameters));
      series.y.push_back(right);
      if (depth == 0 || width == 4 || width == 64) {
        table.row({depth == 0 ? "none" : fmt::format("{} of {}", depth, width),
                   std::to_string(cost.parameters), std::to_string(cost.multiply_adds),
                   fmt::format("{:.1f} %", right)});
      }
      if (depth == 0) break;
    }
    plot.series.push_back(std::move(series));
  }
  notebook.show(table);
  notebook.picture("architectures", {shares_of(rows), plot}, 2);
}

}  // namespace gradus::lessons
